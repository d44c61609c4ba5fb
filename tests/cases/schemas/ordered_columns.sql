CREATE TABLE offers (
    id int PRIMARY KEY, price numeric(10,2) NOT NULL CHECK (price >= 0), sale numeric(10,2) CHECK (sale < price),
    starts date NOT NULL, ends date NOT NULL, CHECK (ends > starts),
    least int NOT NULL CHECK (least > 0), most int NOT NULL CHECK (most <= 5), CHECK (least < most),
    first_page smallint NOT NULL, last_page smallint, CHECK (last_page >= first_page)
);
