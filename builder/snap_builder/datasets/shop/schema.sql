-- A platform on which many shops sell. A row of a shop names its shop, and references between such rows name it too: no
-- row of one shop can ever belong to another's.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TYPE order_status AS ENUM ('placed', 'paid', 'shipped', 'delivered', 'returned');
CREATE TYPE payment_method AS ENUM ('card', 'transfer', 'voucher');

CREATE TABLE states (
    code char(2) PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE cities (
    id int PRIMARY KEY,
    state_code char(2) NOT NULL REFERENCES states,
    name text NOT NULL,
    UNIQUE (state_code, name)
);

INSERT INTO states VALUES
    ('CA', 'California'), ('CO', 'Colorado'), ('IL', 'Illinois'), ('MA', 'Massachusetts'), ('NY', 'New York'),
    ('OR', 'Oregon'), ('TX', 'Texas'), ('WA', 'Washington');

INSERT INTO cities VALUES
    (1, 'CA', 'Los Angeles'), (2, 'CA', 'San Diego'), (3, 'CA', 'Oakland'), (4, 'CO', 'Denver'), (5, 'CO', 'Boulder'),
    (6, 'IL', 'Chicago'), (7, 'IL', 'Springfield'), (8, 'MA', 'Boston'), (9, 'MA', 'Springfield'), (10, 'NY', 'Buffalo'),
    (11, 'NY', 'Albany'), (12, 'NY', 'Rochester'), (13, 'OR', 'Portland'), (14, 'OR', 'Salem'), (15, 'TX', 'Austin'),
    (16, 'TX', 'Houston'), (17, 'TX', 'El Paso'), (18, 'WA', 'Seattle'), (19, 'WA', 'Spokane'), (20, 'WA', 'Tacoma');

CREATE TABLE shops (
    id int PRIMARY KEY,
    slug varchar(60) NOT NULL UNIQUE,
    plan text NOT NULL CHECK (plan IN ('free', 'pro', 'enterprise')),
    city_id int NOT NULL REFERENCES cities,
    opened_at timestamptz NOT NULL,
    featured_product_id int,  -- closes a cycle: the shop comes first
    customer_count int NOT NULL,
    revenue numeric(14, 2) NOT NULL
);

CREATE TABLE staff (
    shop_id int NOT NULL REFERENCES shops,
    id int NOT NULL,
    manager_id int,
    name text NOT NULL,
    email varchar(200) NOT NULL UNIQUE,
    role text NOT NULL CHECK (role IN ('owner', 'manager', 'packer', 'courier')),
    hired_at date NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, manager_id) REFERENCES staff
);
CREATE UNIQUE INDEX one_owner ON staff (shop_id) WHERE role = 'owner';

CREATE TABLE categories (
    shop_id int NOT NULL REFERENCES shops,
    id int NOT NULL,
    parent_id int,
    name text NOT NULL,
    position int NOT NULL CHECK (position > 0),
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, parent_id) REFERENCES categories
);

CREATE TABLE products (
    shop_id int NOT NULL REFERENCES shops,
    id int NOT NULL,
    category_id int NOT NULL,
    sku text NOT NULL CHECK (sku ~ '^[A-Z]{3}-[0-9]{5}$'),
    name text NOT NULL,
    price numeric(8, 2) NOT NULL CHECK (price > 0),
    stock int NOT NULL CHECK (stock >= 0),
    popularity int NOT NULL CHECK (popularity > 0),
    active boolean NOT NULL,
    added_at timestamptz NOT NULL,
    review_count int NOT NULL,
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, category_id) REFERENCES categories
);
ALTER TABLE shops ADD FOREIGN KEY (id, featured_product_id) REFERENCES products (shop_id, id);

CREATE TABLE tags (
    id int PRIMARY KEY,
    name text NOT NULL UNIQUE
);

INSERT INTO tags VALUES
    (1, 'new'), (2, 'sale'), (3, 'gift'), (4, 'organic'), (5, 'vegan'), (6, 'handmade'), (7, 'local'), (8, 'outlet'),
    (9, 'limited'), (10, 'bestseller'), (11, 'refill'), (12, 'fair trade');

CREATE TABLE product_tags (
    shop_id int NOT NULL,
    product_id int NOT NULL,
    tag_id int NOT NULL REFERENCES tags,
    PRIMARY KEY (shop_id, product_id, tag_id),
    FOREIGN KEY (shop_id, product_id) REFERENCES products
);

CREATE TABLE customers (
    shop_id int NOT NULL REFERENCES shops,
    id int NOT NULL,
    name text NOT NULL,
    email varchar(200) NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'es', 'fr')),
    newsletter boolean,
    signed_up_at timestamptz NOT NULL,
    order_count int NOT NULL,
    spent numeric(12, 2) NOT NULL,
    last_order_at timestamptz,
    PRIMARY KEY (shop_id, id),
    UNIQUE (shop_id, email)
);

CREATE TABLE addresses (
    id int PRIMARY KEY,
    shop_id int NOT NULL,
    customer_id int NOT NULL,
    city_id int NOT NULL REFERENCES cities,
    street text NOT NULL,
    postcode char(5) NOT NULL CHECK (postcode ~ '^[0-9]{5}$'),
    is_primary boolean NOT NULL,
    FOREIGN KEY (shop_id, customer_id) REFERENCES customers
);
CREATE UNIQUE INDEX one_primary ON addresses (shop_id, customer_id) WHERE is_primary;

CREATE TABLE orders (
    shop_id int NOT NULL REFERENCES shops,
    id int NOT NULL,
    customer_id int NOT NULL,
    status order_status NOT NULL,
    placed_at timestamptz NOT NULL,
    paid_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    returned_at timestamptz,
    total numeric(12, 2) NOT NULL CHECK (total >= 0),
    PRIMARY KEY (shop_id, id),
    FOREIGN KEY (shop_id, customer_id) REFERENCES customers,
    CHECK (paid_at >= placed_at),
    CHECK (shipped_at >= paid_at),
    CHECK (delivered_at >= shipped_at),
    CHECK (returned_at >= delivered_at)
);

CREATE TABLE order_lines (
    shop_id int NOT NULL,
    order_id int NOT NULL,
    product_id int NOT NULL,
    quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 20),
    unit_price numeric(8, 2) NOT NULL CHECK (unit_price > 0),
    amount numeric(10, 2) NOT NULL,
    PRIMARY KEY (shop_id, order_id, product_id),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders,
    FOREIGN KEY (shop_id, product_id) REFERENCES products
);

CREATE TABLE payments (
    shop_id int NOT NULL,
    order_id int NOT NULL,
    method payment_method NOT NULL,
    card_last4 char(4) CHECK (card_last4 ~ '^[0-9]{4}$'),
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL CHECK (recorded_at >= received_at),
    PRIMARY KEY (shop_id, order_id),
    FOREIGN KEY (shop_id, order_id) REFERENCES orders
);

CREATE TABLE reviews (
    id int PRIMARY KEY,
    shop_id int NOT NULL,
    product_id int NOT NULL,
    customer_id int NOT NULL,
    stars int NOT NULL CHECK (stars BETWEEN 1 AND 5),
    body text,
    written_at timestamptz NOT NULL,
    UNIQUE (shop_id, product_id, customer_id),
    FOREIGN KEY (shop_id, product_id) REFERENCES products,
    FOREIGN KEY (shop_id, customer_id) REFERENCES customers
);

CREATE TABLE deliveries (
    id int PRIMARY KEY,
    shop_id int NOT NULL,
    courier_id int NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    FOREIGN KEY (shop_id, courier_id) REFERENCES staff,
    EXCLUDE USING gist (shop_id WITH =, courier_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);

CREATE TABLE comments (
    id int PRIMARY KEY,
    subject_type text NOT NULL CHECK (subject_type IN ('reviews', 'deliveries')),
    subject_id int NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL
);
