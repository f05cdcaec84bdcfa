// Command load sends the same few gRPC messages again and again and says how fast they are answered.
//
// It writes HTTP/2 frames itself over one connection, as Crossplane's client has one, and looks at nothing of an
// answer but its status: a client that decodes would be slower than some of the servers.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	path      = "/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction"
	frameSize = 16384
	// Of what we receive; large enough that nobody waits for us.
	window = 1 << 30
)

// marker is in a message wherever its counter goes, so that no two are the same.
var marker = []byte("c0c0c0c0c0c0c0c00000000000")

type call struct {
	began time.Time
	// What has not been sent yet, and how much of it the server takes.
	rest    []byte
	allowed int64
	bytes   int
	status  string
}

type client struct {
	framer  *http2.Framer
	out     *bufio.Writer
	in      *bufio.Reader
	decoder *hpack.Decoder
	headers []byte

	calls   map[uint32]*call
	nextID  uint32
	allowed int64 // by the server, for the connection
	initial int64 // by the server, for a new stream
	blocked []uint32
	reading *call
}

func main() {
	address := flag.String("address", "127.0.0.1:9443", "of the server")
	file := flag.String("requests", "", "file of messages, each after its length in four bytes")
	inFlight := flag.Int("in-flight", 1, "calls at once")
	seconds := flag.Float64("seconds", 1, "how long; or -calls")
	calls := flag.Int("calls", 0, "how many calls; 0: go by -seconds")
	unique := flag.Bool("unique", false, "no two messages are the same: counts in "+string(marker))
	flag.Parse()

	messages, err := read(*file)
	if err != nil {
		log.Fatal(err)
	}
	c, err := connect(*address)
	if err != nil {
		log.Fatal(err)
	}
	result, err := c.run(messages, *inFlight, *calls, time.Duration(*seconds*float64(time.Second)), *unique)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

// read returns the messages as gRPC frames them.
func read(file string) ([][]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var messages [][]byte
	for len(content) > 0 {
		length := binary.BigEndian.Uint32(content)
		messages = append(messages, append([]byte{0}, content[:4+length]...))
		content = content[4+length:]
	}
	if len(messages) == 0 {
		return nil, fmt.Errorf("%s has no messages", file)
	}
	return messages, nil
}

func connect(address string) (*client, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &client{
		in:      bufio.NewReaderSize(connection, 1<<18),
		out:     bufio.NewWriterSize(connection, 1<<18),
		calls:   map[uint32]*call{},
		nextID:  1,
		allowed: 65535,
		initial: 65535,
		headers: headersFor(address),
	}
	c.framer = http2.NewFramer(c.out, c.in)
	c.framer.SetReuseFrames()
	c.decoder = hpack.NewDecoder(4096, func(field hpack.HeaderField) {
		if field.Name == "grpc-status" && c.reading != nil {
			c.reading.status = field.Value
		}
	})
	if _, err := c.out.WriteString(http2.ClientPreface); err != nil {
		return nil, err
	}
	if err := c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window}); err != nil {
		return nil, err
	}
	return c, c.framer.WriteWindowUpdate(0, window)
}

// headersFor is the same block for every call: nothing of it refers to what was sent before.
func headersFor(address string) []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, header := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", address},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		// Sensitive fields are never remembered by the other side.
		field := hpack.HeaderField{Name: header[0], Value: header[1], Sensitive: true}
		if err := encoder.WriteField(field); err != nil {
			panic(err)
		}
	}
	return block.Bytes()
}

type result struct {
	Calls     int     `json:"calls"`
	PerSecond float64 `json:"perSecond"`
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	// Of one answer.
	Bytes int `json:"bytes"`
	// Share of a core that this client used.
	Client float64 `json:"client"`
}

func (c *client) run(messages [][]byte, inFlight, most int, duration time.Duration, unique bool) (*result, error) {
	var milliseconds []float64
	started, size := 0, 0
	begin := func() error {
		message := messages[started%len(messages)]
		started++
		if unique {
			if err := count(message, started); err != nil {
				return err
			}
		}
		return c.begin(message)
	}
	began, cpu := time.Now(), processorTime()
	for started < inFlight {
		if err := begin(); err != nil {
			return nil, err
		}
	}
	for len(milliseconds) < started {
		done, err := c.next()
		if err != nil {
			return nil, err
		}
		now := time.Now()
		milliseconds = append(milliseconds, float64(now.Sub(done.began))/1e6)
		size = done.bytes
		isOver := now.Sub(began) >= duration
		if most > 0 {
			isOver = started >= most
		}
		if !isOver {
			if err := begin(); err != nil {
				return nil, err
			}
		}
	}
	took := time.Since(began).Seconds()
	slices.Sort(milliseconds)
	n := len(milliseconds)
	return &result{
		Calls:     n,
		PerSecond: float64(n) / took,
		P50:       milliseconds[n/2],
		P99:       milliseconds[n*99/100],
		Bytes:     size - 5,
		Client:    (processorTime() - cpu).Seconds() / took,
	}, nil
}

func count(message []byte, number int) error {
	digits := strconv.Itoa(number)
	found := 0
	for from := 0; ; found++ {
		at := bytes.Index(message[from:], marker[:16])
		if at < 0 {
			break
		}
		from += at + len(marker)
		copy(message[from-len(digits):], digits)
	}
	if found == 0 {
		return fmt.Errorf("a message has no %s", marker)
	}
	return nil
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func (c *client) begin(message []byte) error {
	id := c.nextID
	c.nextID += 2
	c.calls[id] = &call{began: time.Now(), rest: message, allowed: c.initial}
	headers := http2.HeadersFrameParam{StreamID: id, BlockFragment: c.headers, EndHeaders: true}
	if err := c.framer.WriteHeaders(headers); err != nil {
		return err
	}
	return c.send(id)
}

// send writes as much of a message as the server takes now.
func (c *client) send(id uint32) error {
	call := c.calls[id]
	for call != nil && len(call.rest) > 0 {
		size := min(int64(len(call.rest)), frameSize, c.allowed, call.allowed)
		if size <= 0 {
			c.blocked = append(c.blocked, id)
			return nil
		}
		piece := call.rest[:size]
		call.rest = call.rest[size:]
		c.allowed -= size
		call.allowed -= size
		if err := c.framer.WriteData(id, len(call.rest) == 0, piece); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) unblock() error {
	blocked := c.blocked
	c.blocked = nil
	for _, id := range blocked {
		if err := c.send(id); err != nil {
			return err
		}
	}
	return nil
}

// next returns a call that has been answered.
func (c *client) next() (*call, error) {
	for {
		// Only what would make us wait is sent first.
		if c.in.Buffered() == 0 {
			if err := c.out.Flush(); err != nil {
				return nil, err
			}
		}
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return nil, err
		}
		done, err := c.handle(frame)
		if err != nil {
			return nil, err
		}
		if done == nil {
			continue
		}
		if done.status != "0" {
			return nil, fmt.Errorf("grpc-status %q", done.status)
		}
		return done, nil
	}
}

func (c *client) handle(frame http2.Frame) (*call, error) {
	id := frame.Header().StreamID
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		return nil, c.settings(frame)
	case *http2.PingFrame:
		if !frame.IsAck() {
			return nil, c.framer.WritePing(true, frame.Data)
		}
	case *http2.WindowUpdateFrame:
		if id == 0 {
			c.allowed += int64(frame.Increment)
		} else if call := c.calls[id]; call != nil {
			call.allowed += int64(frame.Increment)
		}
		return nil, c.unblock()
	case *http2.DataFrame:
		call := c.calls[id]
		if call == nil {
			return nil, nil
		}
		call.bytes += len(frame.Data())
		if frame.Length > 0 {
			if err := c.framer.WriteWindowUpdate(0, frame.Length); err != nil {
				return nil, err
			}
		}
	case *http2.HeadersFrame:
		c.reading = c.calls[id]
		if _, err := c.decoder.Write(frame.HeaderBlockFragment()); err != nil {
			return nil, err
		}
		if frame.StreamEnded() {
			done := c.calls[id]
			delete(c.calls, id)
			return done, nil
		}
	case *http2.RSTStreamFrame:
		return nil, fmt.Errorf("the server ended a call: %v", frame.ErrCode)
	case *http2.GoAwayFrame:
		return nil, fmt.Errorf("the server ended the connection: %v %s", frame.ErrCode, frame.DebugData())
	}
	return nil, nil
}

func (c *client) settings(frame *http2.SettingsFrame) error {
	if frame.IsAck() {
		return nil
	}
	if value, ok := frame.Value(http2.SettingInitialWindowSize); ok {
		change := int64(value) - c.initial
		c.initial = int64(value)
		for _, call := range c.calls {
			call.allowed += change
		}
	}
	if err := c.framer.WriteSettingsAck(); err != nil {
		return err
	}
	return c.unblock()
}
