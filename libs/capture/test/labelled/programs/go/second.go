// looked at once, after the first score.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"time"
)

type desk struct{ rooms map[int]*room }
type room struct{ price interface{} }
type bookingError struct{ room int }

func (e bookingError) Error() string { return "room " + strconv.Itoa(e.room) + " cannot be booked" }

func mark(level string) { fmt.Fprintf(os.Stderr, "\x1e%s\x1f", level) }

func say(level, text string) {
	mark(level)
	fmt.Fprintln(os.Stderr, text)
}

func (d *desk) price(n int) int { return d.rooms[n].price.(int) }

func main() {
	logger := log.New(os.Stderr, "hotel: ", log.Ltime|log.Lmicroseconds|log.Lmsgprefix)
	mark("I")
	logger.Println("open, no errors")
	switch os.Args[1] {
	case "cast":
		mark("E")
		(&desk{map[int]*room{1: {price: "ten"}}}).price(1)
	case "nil-map":
		var d desk
		mark("E")
		d.rooms[3] = nil
	case "error-value":
		mark("E")
		panic(bookingError{12})
	case "workers":
		var all sync.WaitGroup
		for i := 0; i < 2; i++ {
			all.Add(1)
			go func() { defer all.Done(); select {} }()
		}
		time.Sleep(20 * time.Millisecond)
		mark("E")
		go func() { (&desk{}).price(4) }()
		all.Wait()
	case "recovered":
		for i := 0; i < 2; i++ {
			func() {
				defer func() {
					err := recover()
					mark("E")
					logger.Printf("ERROR: recovered: %v", err)
				}()
				(&desk{}).price(i)
			}()
			say("I", "next guest "+strconv.Itoa(i))
		}
	case "negative":
		n := -len(os.Args)
		mark("E")
		_ = make([]int, n)
	}
	mark("I")
	logger.Println("closed")
}
