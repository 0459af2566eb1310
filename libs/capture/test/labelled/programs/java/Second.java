import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** looked at once, after the first score. */
public class Second {
    static class BookingException extends Exception {
        BookingException(String message, Throwable cause) { super(message, cause); }
    }

    static void mark(String level) {
        System.err.print("\u001e" + level + "\u001f");
        System.err.flush();
    }

    static void say(String level, String text) {
        mark(level);
        System.err.println(text);
    }

    static void ask(int room) throws SQLException {
        SQLException first = new SQLException("relation \"rooms\" does not exist\n  Position: 15", "42P01", 7);
        first.setNextException(new SQLException("transaction aborted"));
        throw first;
    }

    static void book(int room) throws BookingException {
        try (AutoCloseable key = () -> { throw new IllegalStateException("key is bent"); }) {
            ask(room);
        } catch (Exception e) {
            throw new BookingException("room " + room + " cannot be booked", e);
        }
    }

    static void handled() {
        Logger log = Logger.getLogger(Second.class.getName());
        mark("I");
        log.info("hotel is open, 0 exceptions so far");
        try {
            book(4);
        } catch (BookingException e) {
            mark("W");
            log.log(Level.WARNING, "booking put off", e);
            mark("E");
            System.err.println("[desk] ERROR booking failed");
            e.printStackTrace();
        }
        say("I", "[desk] next guest please");
        mark("E");
        System.err.println("Error: could not open drawer: " + new BookingException("drawer", null));
        say("I", "closed");
    }

    static void future() throws Exception {
        say("I", "calling two clerks");
        CompletableFuture<Void> clerk = CompletableFuture.runAsync(() -> {
            try {
                book(9);
            } catch (BookingException e) {
                throw new IllegalArgumentException(e);
            }
        });
        mark("E");
        clerk.get();
    }

    static void worker() throws Exception {
        say("I", "night shift");
        mark("E");
        Thread clerk = new Thread(() -> { String name = null; name.length(); });
        clerk.start();
        clerk.join();
        say("I", "day shift");
    }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "handled" -> handled();
            case "future" -> future();
            case "worker" -> worker();
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
