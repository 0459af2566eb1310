// logrus, zap and zerolog as they come from Debian's packages.
package main

import (
	"fmt"
	"os"

	"github.com/pkg/errors"
	"github.com/rs/zerolog"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
)

func mark(level string) { fmt.Fprintf(os.Stderr, "\x1e%s\x1f", level) }

func read() error {
	_, err := os.ReadFile("/srv/data/index.json")
	return errors.Wrap(err, "catalogue is not readable")
}

func withLogrus(form logrus.Formatter) {
	log := logrus.New()
	log.SetFormatter(form)
	log.SetLevel(logrus.TraceLevel)
	mark("I")
	log.Info("listening on 8080")
	mark("I")
	log.WithField("tools", 3).Info("0 errors")
	mark("W")
	log.Warn("cache is cold")
	mark("E")
	log.WithError(read()).Error("lookup failed")
	mark("D")
	log.Debug("state: open")
	mark("D")
	log.Trace("leaving")
}

func withZap(make func(...zap.Option) (*zap.Logger, error)) {
	log, _ := make()
	mark("I")
	log.Info("listening on 8080", zap.Int("tools", 3))
	mark("W")
	log.Warn("cache is cold")
	mark("E")
	log.Error("lookup failed", zap.Error(read()))
	mark("I")
	log.Info("0 errors since")
	mark("E")
	func() {
		defer func() { _ = recover() }()
		log.Panic("no space left")
	}()
	mark("I")
	log.Info("stopped")
}

func withZerolog(log zerolog.Logger) {
	mark("I")
	log.Info().Int("tools", 3).Msg("listening on 8080")
	mark("W")
	log.Warn().Msg("cache is cold")
	mark("E")
	log.Error().Err(read()).Msg("lookup failed")
	mark("D")
	log.Debug().Msg("state: open")
	mark("I")
	log.Info().Msg("0 errors since")
}

func main() {
	switch os.Args[1] {
	case "logrus":
		withLogrus(&logrus.TextFormatter{DisableColors: true})
		withLogrus(&logrus.TextFormatter{ForceColors: true, FullTimestamp: true})
		withLogrus(&logrus.JSONFormatter{})
	case "zap-dev":
		withZap(zap.NewDevelopment)
	case "zap-prod":
		withZap(zap.NewProduction)
	case "zerolog":
		withZerolog(zerolog.New(os.Stderr).With().Timestamp().Logger())
		withZerolog(zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr}).With().Timestamp().Logger())
	case "errors":
		mark("I")
		fmt.Fprintln(os.Stderr, "starting")
		mark("E")
		fmt.Fprintf(os.Stderr, "ERROR: %+v\n", read())
		mark("I")
		fmt.Fprintln(os.Stderr, "stopped")
	}
}
