-- Values of attributes that a directory's extensions declare unique. `value` is normalized for comparison.
CREATE TABLE unique_value (
    directory INTEGER NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL, resource INTEGER NOT NULL,
    PRIMARY KEY (directory, attribute, value)
) WITHOUT ROWID;
CREATE INDEX unique_value_by_resource ON unique_value (resource);
