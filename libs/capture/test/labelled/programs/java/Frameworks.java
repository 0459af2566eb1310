import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logback's default layout or log4j's, with slf4j in front: java -cp … Frameworks.java. */
public class Frameworks {
    static void mark(String level) {
        System.err.print("\u001e" + level + "\u001f");
        System.err.flush();
    }

    static void open(int depth) throws IOException {
        if (depth > 0) open(depth - 1);
        else throw new IOException("/srv/data/index.json (No such file or directory)");
    }

    static Exception failure() {
        try {
            open(2);
        } catch (IOException e) {
            return new IllegalStateException("catalogue is not readable", e);
        }
        return null;
    }

    public static void main(String[] args) {
        Logger log = LoggerFactory.getLogger("org.example.catalogue.CatalogueServer");
        mark("I");
        log.info("listening on port {}", 8080);
        mark("I");
        log.info("3 tools, 0 errors");
        mark("W");
        log.warn("cache is cold");
        mark("E");
        log.error("lookup failed", failure());
        mark("I");
        log.info("request done in 12 ms");
        mark("E");
        log.error("giving up on alpha");
        mark("D");
        log.debug("state: open");
        mark("E");
        log.error("second lookup failed: {}", "beta", failure());
        mark("I");
        log.info("stopped");
    }
}
