import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** java Tuned.java <scene>: each scene prints what a server prints in one bad moment. */
public class Tuned {
    static void mark(String level) {
        System.err.print("\u001e" + level + "\u001f");
        System.err.flush();
    }

    static void say(String level, String text) {
        mark(level);
        System.err.println(text);
    }

    static void readIndex(int depth) throws IOException {
        if (depth > 0) {
            readIndex(depth - 1);
            return;
        }
        throw new IOException("/srv/data/index.json (No such file or directory)");
    }

    static void open() {
        try {
            readIndex(3);
        } catch (IOException e) {
            IllegalStateException up = new IllegalStateException("catalogue is not readable", new UncheckedIOException(e));
            up.addSuppressed(new RuntimeException("also: the lock was held", new IOException("lock file")));
            throw up;
        }
    }

    static void uncaught() {
        say("I", "Catalogue server running on stdio");
        mark("E");
        open();
    }

    static void printed() {
        say("I", "starting");
        say("I", "[main] INFO catalogue.Server - 3 tools, 0 errors");
        for (int i = 0; i < 2; i++) {
            try {
                if (i == 0) open();
                else List.of(1, 2).get(5);
            } catch (RuntimeException e) {
                mark("E");
                e.printStackTrace();
            }
            say("I", "request " + i + " ended");
        }
        say("W", "WARNING: An illegal reflective access operation has occurred");
        say("I", "bye");
    }

    static void jul() {
        Logger log = Logger.getLogger("catalogue");
        mark("I");
        log.info("listening on 8080");
        mark("W");
        log.warning("cache is cold");
        mark("E");
        log.severe("no space left");
        try {
            open();
        } catch (RuntimeException e) {
            mark("E");
            log.log(Level.SEVERE, "lookup failed", e);
        }
        mark("I");
        log.info("0 errors since");
        mark("I");
        log.config("not shown");
        log.info("stopped");
    }

    static void thread() throws Exception {
        say("I", "starting worker");
        mark("E");
        Thread worker = new Thread(Tuned::open, "indexer-1");
        worker.start();
        worker.join();
        say("I", "worker ended");
    }

    static int walk(int n) {
        return walk(n + 1) + 1;
    }

    static void overflow() {
        say("I", "walking the tree");
        mark("E");
        walk(0);
    }

    static void memory() {
        say("I", "building the cache");
        List<long[]> kept = new ArrayList<>();
        mark("E");
        while (true) kept.add(new long[1 << 20]);
    }

    static class Broken {
        static final int SIZE = Integer.parseInt("twelve");
    }

    static void initializer() {
        say("I", "loading plugins");
        mark("E");
        System.err.print("");
        int size = Broken.SIZE;
    }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "uncaught" -> uncaught();
            case "printed" -> printed();
            case "jul" -> jul();
            case "thread" -> thread();
            case "overflow" -> overflow();
            case "memory" -> memory();
            case "initializer" -> initializer();
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
