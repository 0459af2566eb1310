// go run tuned.go <scene>: each scene prints what a server prints in one bad moment.
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

func mark(level string) { fmt.Fprintf(os.Stderr, "\x1e%s\x1f", level) }

func say(level, text string) {
	mark(level)
	fmt.Fprintln(os.Stderr, text)
}

type index struct{ rows []string }

func (i *index) row(n int) string { return i.rows[n] }

func read(path string) error {
	if _, err := os.ReadFile(path); err != nil {
		return fmt.Errorf("catalogue is not readable: %w", err)
	}
	return nil
}

func logs() {
	log.Println("listening on 8080")
	mark("I")
	log.Printf("3 tools, 0 errors")
	mark("I")
	log.Printf("read: %v", read("/srv/data/index.json"))
	mark("I")
	log.SetFlags(log.LstdFlags | log.Lshortfile)
	log.Println("looking again")
	mark("I")
	log.SetPrefix("[catalogue] ")
	log.Println("request done in 12 ms")
}

func waiters(n int) {
	var gate sync.WaitGroup
	gate.Add(1)
	for i := 0; i < n; i++ {
		go gate.Wait()
	}
	time.Sleep(20 * time.Millisecond)
}

var scenes = map[string]func(){
	"logs": func() { mark("I"); logs() },
	"index": func() {
		say("I", "server running on stdio")
		mark("I")
		logs()
		mark("E")
		(&index{}).row(3)
	},
	"nil": func() {
		say("I", "starting")
		var i *index
		mark("E")
		i.row(0)
	},
	"goroutines": func() {
		say("I", "starting 3 workers")
		waiters(3)
		say("I", "workers wait")
		debug.SetTraceback("all")
		mark("E")
		panic(errors.New("gate is gone"))
	},
	"custom": func() {
		say("I", "starting")
		mark("E")
		panic(fmt.Sprintf("row %d of %q is bad", 7, "alpha"))
	},
	"again": func() {
		say("I", "starting")
		mark("E")
		defer func() {
			err := recover()
			panic(fmt.Sprintf("while cleaning up: %v", err))
		}()
		panic("first trouble")
	},
	"maps": func() {
		say("I", "filling the map")
		seen := map[int]int{}
		mark("E")
		for i := 0; i < 8; i++ {
			go func() {
				for n := 0; ; n++ {
					seen[n%7]++
				}
			}()
		}
		time.Sleep(5 * time.Second)
	},
	"stack": func() {
		say("I", "diagnostics follow")
		mark("I")
		debug.PrintStack()
		say("I", "diagnostics end")
	},
	"overflow": func() {
		say("I", "walking the tree")
		debug.SetMaxStack(1 << 16)
		var walk func(int) int
		walk = func(n int) int { return walk(n+1) + 1 }
		mark("E")
		walk(0)
	},
	"fatal": func() {
		mark("I")
		log.Println("starting")
		mark("I")
		log.Fatalf("cannot start: %v", read("/srv/data/index.json"))
	},
	"http": func() {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			mark("E")
			(&index{}).row(3)
		}))
		say("I", "serving")
		http.Get(server.URL)
		say("I", "request ended")
	},
}

func main() { scenes[os.Args[1]]() }
