// Nothing here was looked at while the grouping was made.
package main

import (
	"fmt"
	"log"
	"os"
)

type sensor struct{ raw []float64 }

func mark(level string) { fmt.Fprintf(os.Stderr, "\x1e%s\x1f", level) }

// panicMark lets the log line pass and marks the panic that follows it.
type panicMark struct{}

func (panicMark) Write(line []byte) (int, error) {
	defer mark("E")
	return os.Stderr.Write(line)
}

func (s sensor) degrees(depth int) float64 {
	if depth < 3 {
		return s.degrees(depth + 1)
	}
	return s.raw[depth]
}

func main() {
	mark("I")
	log.Println("weather server on stdio")
	switch os.Args[1] {
	case "slice":
		mark("E")
		fmt.Println(sensor{}.degrees(0))
	case "divide":
		zero := len(os.Args) - 2
		mark("E")
		fmt.Println(4 / zero)
	case "closed":
		gate := make(chan bool)
		close(gate)
		mark("E")
		close(gate)
	case "log-panic":
		mark("I")
		log.Println("3 sensors, 0 errors")
		mark("I")
		log.SetOutput(panicMark{})
		log.Panicf("sensor %d is silent", 4)
	}
}
