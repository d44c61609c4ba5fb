// postgres.js, by a URL.
import postgres from "postgres";

const sql = postgres(process.argv[2]);
const [row] = await sql`SELECT current_user, current_database(), i FROM t`.values();
console.log(row.join("|"));
await sql.end();
