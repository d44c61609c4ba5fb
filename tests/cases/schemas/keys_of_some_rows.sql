CREATE TABLE releases (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE media (
    id int PRIMARY KEY, release int NOT NULL REFERENCES releases, "position" int NOT NULL, code varchar(6) NOT NULL,
    UNIQUE (release, "position") DEFERRABLE INITIALLY IMMEDIATE,
    UNIQUE (code) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE credits (
    release int NOT NULL REFERENCES releases, medium int NOT NULL REFERENCES media,
    UNIQUE (release, medium) DEFERRABLE
);
CREATE TABLE roles (release int NOT NULL, artist int NOT NULL, guest boolean NOT NULL) PARTITION BY LIST (guest);
CREATE TABLE guests PARTITION OF roles FOR VALUES IN (true);
CREATE TABLE hosts PARTITION OF roles FOR VALUES IN (false);
CREATE UNIQUE INDEX ON guests (release, artist);
CREATE UNIQUE INDEX ON hosts (release, artist);
