-- What the extensions of a directory declare unique: each value once. `value` is in the form in which it is compared.
CREATE TABLE unique_value (
    directory INTEGER NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL, resource INTEGER NOT NULL,
    PRIMARY KEY (directory, attribute, value)
) WITHOUT ROWID;
CREATE INDEX unique_value_by_resource ON unique_value (resource);
