CREATE EXTENSION btree_gist;
CREATE TABLE rooms (id int PRIMARY KEY);
CREATE TABLE stays (
    id int PRIMARY KEY, room int NOT NULL REFERENCES rooms, during tstzrange NOT NULL,
    EXCLUDE USING gist (room WITH =, during WITH &&)
);
