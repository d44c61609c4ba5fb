CREATE TABLE sensors (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE readings (sensor_id int REFERENCES sensors, at timestamptz, value float8, PRIMARY KEY (sensor_id, at));
CREATE TABLE days (sensor_id int NOT NULL REFERENCES sensors, day date NOT NULL, hits int NOT NULL, UNIQUE (sensor_id, day));
