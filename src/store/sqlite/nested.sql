-- Groups that are members of groups. Usually empty, so that looking up the parents of a group is cheap.
CREATE INDEX membership_of_groups ON membership (member) WHERE kind = 1;
