create type day as enum ('mon','tue','wed');
create table slots (id serial primary key, day day not null, morning boolean not null, unique (day, morning));
create table prices (plan text not null check (plan in ('free','pro')), currency char(3) not null check (currency in ('EUR','USD','GBP')), amount numeric(8,2) not null, primary key (plan, currency));
create table users (id serial primary key); create table prefs (user_id int not null references users, kind text not null check (kind in ('mail','push','sms')), on_ boolean not null, primary key (user_id, kind));
