// mcs -debug Tuned.cs && mono --debug Tuned.exe <scene>
using System;
using System.IO;
using System.Threading.Tasks;

static class Tuned
{
    static void Mark(string level) { Console.Error.Write("\x1e" + level + "\x1f"); Console.Error.Flush(); }
    static void Say(string level, string text) { Mark(level); Console.Error.WriteLine(text); }

    static string Read(int depth)
    {
        return depth > 0 ? Read(depth - 1) : File.ReadAllText("/srv/data/index.json");
    }

    static void Open()
    {
        try { Read(2); }
        catch (IOException error) { throw new InvalidOperationException("catalogue is not readable", error); }
    }

    static void Main(string[] args)
    {
        Say("I", "catalogue server running on stdio");
        switch (args[0])
        {
            case "uncaught":
                Mark("E");
                Open();
                break;
            case "printed":
                for (int i = 0; i < 2; i++)
                {
                    try { if (i == 0) Open(); else throw new AggregateException("all hosts failed", new TimeoutException("host a"), new FormatException("host b")); }
                    catch (Exception error) { Mark("E"); Console.Error.WriteLine(error); }
                    Say("I", "request ended");
                }
                Say("I", "0 errors since");
                break;
            case "logged":
                try { Open(); }
                catch (Exception error)
                {
                    Mark("I"); Console.Error.WriteLine("info: Catalogue.Server[0]\n      Now listening on: http://localhost:8080");
                    Mark("E"); Console.Error.WriteLine("fail: Catalogue.Server[13]\n      lookup failed\n      " + error.ToString().Replace("\n", "\n      "));
                    Mark("W"); Console.Error.WriteLine("warn: Catalogue.Server[2]\n      cache is cold");
                    Mark("D"); Console.Error.WriteLine("dbug: Catalogue.Server[3]\n      state: open");
                    Mark("E"); Console.Error.WriteLine("crit: Catalogue.Server[4]\n      no space left");
                    Mark("I"); Console.Error.WriteLine("info: Microsoft.Hosting.Lifetime[0]\n      Application is shutting down...");
                }
                break;
            case "task":
                Mark("E");
                Task.Run((Action)Open).Wait();
                break;
        }
    }
}
