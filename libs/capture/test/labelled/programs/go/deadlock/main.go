// Without the network poller the runtime sees that nobody will ever wake up.
package main

import (
	"fmt"
	"os"
	"sync"
)

func main() {
	fmt.Fprintln(os.Stderr, "\x1eI\x1fwaiting for nobody")
	var gate sync.Mutex
	gate.Lock()
	fmt.Fprint(os.Stderr, "\x1eE\x1f")
	gate.Lock()
}
