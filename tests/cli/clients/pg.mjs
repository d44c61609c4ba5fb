// node-postgres: by the URL that is given, else by the PG* variables.
import pg from "pg";

const url = process.argv[2];
const client = new pg.Client(url ? { connectionString: url } : {});
await client.connect();
const { rows } = await client.query({ text: "SELECT current_user, current_database(), i FROM t", rowMode: "array" });
console.log(rows[0].join("|"));
await client.end();
