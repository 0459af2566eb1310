// Nothing here was looked at while the grouping was made.
using System;

static class HeldOut
{
    static void Mark(string level) { Console.Error.Write("\x1e" + level + "\x1f"); Console.Error.Flush(); }
    static int Degrees(string raw, int depth) { return depth < 3 ? Degrees(raw, depth + 1) : int.Parse(raw); }

    static void Main(string[] args)
    {
        Mark("I"); Console.Error.WriteLine("weather server on stdio");
        if (args[0] == "crash") { Mark("E"); Degrees("hot", 0); }
        try { Degrees("cold", 0); }
        catch (FormatException error)
        {
            Mark("E"); Console.Error.WriteLine("Forecast failed: " + error);
            Mark("E"); Console.Error.WriteLine(new InvalidOperationException("no forecast", error));
        }
        Mark("W"); Console.Error.WriteLine("WARN: sensor 3 is slow");
        Mark("I"); Console.Error.WriteLine("done");
    }
}
