CREATE TABLE orders (id integer PRIMARY KEY, total integer NOT NULL, state text NOT NULL DEFAULT 'open');
CREATE TABLE invoices (order_id integer UNIQUE NOT NULL REFERENCES orders, total integer NOT NULL);
INSERT INTO orders (id, total) SELECT n, 100 * n FROM generate_series(1, 10) AS n;
