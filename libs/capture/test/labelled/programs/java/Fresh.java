import java.util.NoSuchElementException;
import java.util.Optional;

/** Scored once, then left as it is. */
public class Fresh {
    static void say(String level, String text) {
        System.err.print("\u001e" + level + "\u001f");
        System.err.println(text);
    }

    static void mark(String level) {
        System.err.print("\u001e" + level + "\u001f");
    }

    static String take(int shelf) {
        return Optional.<String>empty().orElseThrow();
    }

    static void borrow(int shelf) {
        try {
            take(shelf);
        } catch (NoSuchElementException e) {
            Error up = new AssertionError("shelf " + shelf + " is locked", e);
            up.addSuppressed(new Exception("key 1"));
            up.addSuppressed(new Exception("key 2", new RuntimeException("bent")));
            throw up;
        }
    }

    public static void main(String[] args) throws Exception {
        say("I", "library server running on stdio");
        if (args[0].equals("uncaught")) {
            mark("E");
            borrow(3);
        }
        for (int shelf = 0; shelf < 3; shelf++) {
            try {
                borrow(shelf);
            } catch (AssertionError e) {
                mark("E");
                e.printStackTrace();
            }
            say("I", "reader " + shelf + " left");
        }
        say("I", "closing, 3 errors");
    }
}
