CREATE TABLE t (
    id int PRIMARY KEY, a box NOT NULL, b path NOT NULL, c circle NOT NULL, d polygon NOT NULL, e line NOT NULL,
    f lseg NOT NULL, g tsquery NOT NULL, h jsonpath NOT NULL, i "char" NOT NULL, j int8multirange NOT NULL
);
