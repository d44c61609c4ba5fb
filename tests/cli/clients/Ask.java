// JDBC, by a URL.
import java.sql.DriverManager;

class Ask {
    public static void main(String[] words) throws Exception {
        try (var connection = DriverManager.getConnection(words[0]);
                var rows = connection.createStatement().executeQuery("SELECT current_user, current_database(), i FROM t")) {
            rows.next();
            System.out.println(String.join("|", rows.getString(1), rows.getString(2), rows.getString(3)));
        }
    }
}
