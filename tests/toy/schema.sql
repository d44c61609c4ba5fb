CREATE SCHEMA ship;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE crew (
    id uuid PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, mood mood, pay numeric(8,2),
    joined timestamptz NOT NULL, watch interval, facts jsonb, tags text[]
);
CREATE TABLE ship."Log book" (n bigint PRIMARY KEY, author uuid REFERENCES crew, line text NOT NULL);
