// Scored once, then left as it is.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"time"
)

type shelf struct{ books map[string][]string }

func mark(level string) { fmt.Fprintf(os.Stderr, "\x1e%s\x1f", level) }

func (s *shelf) take(title string, n int) string { return s.books[title][n] }

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC | log.Lmicroseconds)
	for _, line := range []string{"library opens", "0 errors", "reader came"} {
		mark("I")
		log.Print(line)
	}
	switch os.Args[1] {
	case "wrapped":
		mark("E")
		panic(fmt.Errorf("loan refused: %w", errors.New("shelf is locked")))
	case "goroutine":
		mark("E")
		go (&shelf{map[string][]string{"a": {"x"}}}).take("a", 4)
		time.Sleep(time.Second)
	}
}
