import java.util.Map;
import java.util.logging.Logger;

/** Nothing here was looked at while the grouping was made. */
public class HeldOut {
    static void mark(String level) {
        System.err.print("\u001e" + level + "\u001f");
        System.err.flush();
    }

    static void say(String level, String text) {
        mark(level);
        System.err.println(text);
    }

    static int degrees(Map<String, String> raw, int depth) {
        return depth < 3 ? degrees(raw, depth + 1) : Integer.parseInt(raw.get("degrees"));
    }

    static void forecast(String raw) {
        try {
            degrees(Map.of("degrees", raw), 0);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("sensor sent " + raw, e);
        }
    }

    public static void main(String[] args) {
        say("I", "weather server on stdio, no exception");
        switch (args[0]) {
            case "server" -> {
                for (String raw : new String[] {"hot", ""}) {
                    try {
                        forecast(raw);
                    } catch (IllegalArgumentException e) {
                        mark("E");
                        e.printStackTrace();
                        say("I", "next sensor");
                    }
                }
                mark("W");
                Logger.getLogger("weather").warning("sensor 3 is slow");
                say("I", "done");
            }
            case "crash" -> {
                mark("E");
                forecast("cold");
            }
            case "cast" -> {
                Object raw = "warm";
                mark("E");
                System.err.println((Integer) raw);
            }
            default -> say("I", "nothing");
        }
    }
}
