package main

import "os"

func main() {
	size := "twelve" + 1
	open(size)
}
