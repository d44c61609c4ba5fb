CREATE TYPE state AS ENUM ('placed', 'paid', 'shipped', 'returned');

CREATE TABLE orgs (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    slug varchar(60) NOT NULL UNIQUE,
    plan text NOT NULL,
    user_count int NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE users (
    id bigint PRIMARY KEY,
    org_id bigint NOT NULL REFERENCES orgs,
    manager_id bigint REFERENCES users,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    region text NOT NULL,
    activity int NOT NULL,
    rating numeric(3,1),
    settings jsonb,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz,
    last_order_at timestamptz
);

CREATE TABLE products (
    id bigint PRIMARY KEY,
    org_id bigint NOT NULL REFERENCES orgs,
    sku text NOT NULL,
    name text NOT NULL,
    price numeric(10,2) NOT NULL,
    stock int NOT NULL,
    tags text[]
);

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    coupon text,
    status state NOT NULL,
    placed_at timestamptz NOT NULL,
    paid_at timestamptz,
    shipped_at timestamptz,
    returned_at timestamptz,
    total numeric(12,2) NOT NULL
);

CREATE TABLE order_lines (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders,
    product_id bigint NOT NULL REFERENCES products,
    quantity int NOT NULL,
    price numeric(10,2) NOT NULL,
    amount numeric(10,2) NOT NULL
);

CREATE TABLE follows (
    follower_id bigint NOT NULL REFERENCES users,
    followee_id bigint NOT NULL REFERENCES users,
    PRIMARY KEY (follower_id, followee_id),
    CHECK (follower_id <> followee_id)
);

CREATE TABLE profiles (
    user_id bigint PRIMARY KEY REFERENCES users,
    bio text
);

CREATE TABLE comments (
    id bigint PRIMARY KEY,
    subject_type text NOT NULL,
    subject_id bigint NOT NULL,
    body text NOT NULL
);

CREATE TABLE addresses (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    city text NOT NULL,
    is_primary boolean NOT NULL
);

CREATE UNIQUE INDEX ON addresses (user_id) WHERE is_primary;

CREATE TABLE visits (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);

CREATE TABLE calls (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    lasted interval NOT NULL
);
