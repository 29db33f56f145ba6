-- The groups that are members of groups: empty where none is, so that asking what holds a group costs nothing there.
CREATE INDEX membership_of_groups ON membership (member) WHERE kind = 1;
