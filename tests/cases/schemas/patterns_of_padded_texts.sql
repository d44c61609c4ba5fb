CREATE TABLE works (
    id int PRIMARY KEY,
    iswc character(15) CHECK (iswc ~ '^T-?\d{3}.?\d{3}.?\d{3}[-.]?\d$'),
    code char(6) NOT NULL CHECK (code ~ '^[A-Z]{2,8}$'),
    short char(4) NOT NULL CHECK (short ~ '^[a-z]{2}')
);
