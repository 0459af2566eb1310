// looked at once, after the first score.
using System;
using System.Collections.Generic;
using System.Threading;

class BookingException : Exception
{
    public BookingException(int room, Exception inner) : base("room " + room + " cannot be booked\nask the desk", inner) { }
}

static class Second
{
    static void Mark(string level) { Console.Error.Write("\x1e" + level + "\x1f"); Console.Error.Flush(); }
    static void Say(string level, string text) { Mark(level); Console.Error.WriteLine(text); }

    static void Book(int room)
    {
        try { Console.Error.Write(new Dictionary<int, string>()[room]); }
        catch (KeyNotFoundException error)
        {
            try { throw new ArgumentException("price list", "room", error); }
            catch (ArgumentException inner) { throw new BookingException(room, inner); }
        }
    }

    static void Main(string[] args)
    {
        Say("I", "[12:00:01 INF] hotel is open, 0 errors");
        switch (args[0])
        {
            case "uncaught": Mark("E"); Book(4); break;
            case "serilog":
                try { Book(5); }
                catch (Exception error) { Mark("E"); Console.Error.WriteLine("[12:00:02 ERR] booking failed\n" + error); }
                Mark("W"); Console.Error.WriteLine("[12:00:03 WRN] 2 guests wait");
                Mark("D"); Console.Error.WriteLine("[12:00:03 DBG] drawer 7");
                Mark("I"); Console.Error.WriteLine("[12:00:04 INF] closed");
                break;
            case "thread":
                Mark("E");
                var clerk = new Thread(() => Book(6)) { Name = "clerk" };
                clerk.Start(); clerk.Join();
                break;
        }
    }
}
