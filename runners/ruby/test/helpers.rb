# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# The outside world of a runner in tests: a real HTTP server, a real PULL socket in the
# host's place, and the program itself in a process of its own. Results are TAP.
require 'fiddle'
require 'fileutils'
require 'json'
require 'minitest'
require 'open3'
require 'rbconfig'
require 'socket'
require 'tmpdir'

ROOT = File.expand_path('..', __dir__)
BUILT = ENV.fetch('top_builddir', nil)
PROGRAM = BUILT ? "#{BUILT}/loads-ruby-runner" : "#{ROOT}/bin/loads-ruby-runner"
$LOAD_PATH.unshift("#{ROOT}/lib")

# Prints what prove reads.
class TapReporter < Minitest::AbstractReporter
  def start
    @count = @failed = 0
  end

  def record(result)
    @count += 1
    puts "#{result.passed? || result.skipped? ? 'ok' : 'not ok'} #{@count} - #{result.class_name}.#{result.name}"
    return if result.passed?

    @failed += 1
    result.failures.each { |each| puts "#{each.message}\n#{each.location}".gsub(/^/, '# ') }
  end

  def report
    puts "1..#{@count}"
    $stdout.flush
  end

  def passed? = @failed.zero?
end

module Minitest
  def self.plugin_tap_init(_options)
    reporter.reporters.replace([TapReporter.new])
  end
end
Minitest.extensions << 'tap'
Minitest.autorun

# The host's side: collects messages, in the order of arrival.
class Sink
  Zmq = Fiddle.dlopen('libzmq.so.5')
  POINTER = Fiddle::TYPE_VOIDP
  INT = Fiddle::TYPE_INT
  CTX_NEW = Fiddle::Function.new(Zmq['zmq_ctx_new'], [], POINTER)
  SOCKET = Fiddle::Function.new(Zmq['zmq_socket'], [POINTER, INT], POINTER)
  SETSOCKOPT = Fiddle::Function.new(Zmq['zmq_setsockopt'], [POINTER, INT, POINTER, Fiddle::TYPE_SIZE_T], INT)
  BIND = Fiddle::Function.new(Zmq['zmq_bind'], [POINTER, POINTER], INT)
  RECV = Fiddle::Function.new(Zmq['zmq_recv'], [POINTER, POINTER, Fiddle::TYPE_SIZE_T, INT], INT)
  PULL = 7
  RCVTIMEO = 27
  LIMIT = 1024 * 1024
  WAIT_S = 30

  attr_reader :endpoint, :messages, :frames

  def initialize(endpoint)
    @endpoint = endpoint
    @messages = []
    @frames = []
    @buffer = Fiddle::Pointer.malloc(LIMIT, Fiddle::RUBY_FREE)
  end

  def open
    @socket = SOCKET.call(CTX_NEW.call, PULL)
    SETSOCKOPT.call(@socket, RCVTIMEO, [WAIT_S * 1000].pack('i'), 4)
    raise "cannot bind #{@endpoint}" unless BIND.call(@socket, @endpoint).zero?

    self
  end

  # Receives until a message has come for which the block is true.
  def until
    loop do
      size = RECV.call(@socket, @buffer, LIMIT, 0)
      next if size.negative? && Fiddle.last_error == Errno::EINTR::Errno # a child has ended
      raise "no such message; there were #{@messages.last(5)}" if size.negative?

      batch = JSON.parse(@buffer[0, size].force_encoding('UTF-8'))
      @frames << batch.size
      @messages.concat(batch)
      break if batch.any? { |each| yield each }
    end
    self
  end

  def until_end = self.until { |each| each['data_type'] == 'runnerEnd' }

  def of(type) = @messages.select { |each| each['data_type'] == type }
  def count(type) = of(type).size
  def hits = of('add_hit')
end

# A web server that answers as told: {path => lambda of socket, request line and headers}.
class Server
  PAGE = '<html>hello</html>' # 18 bytes

  attr_reader :seen

  def self.page(status: 200, body: PAGE)
    lambda do |socket, *|
      socket.write("HTTP/1.1 #{status} X\r\nContent-Length: #{body.bytesize}\r\n\r\n#{body}")
    end
  end

  def initialize(answers)
    @answers = answers
    @seen = Hash.new(0)
    @mutex = Mutex.new
    @listener = TCPServer.new('127.0.0.1', 0)
    @thread = Thread.new { loop { Thread.new(@listener.accept) { |socket| serve(socket) } } }
    @thread.report_on_exception = false
  end

  def url = "http://127.0.0.1:#{@listener.addr[1]}"

  def close
    @listener.close
    @thread.kill
  end

  private

  def serve(socket)
    while (line = socket.gets)
      length = 0
      while (header = socket.gets) && header != "\r\n"
        length = header[/\d+/].to_i if header.match?(/\Acontent-length:/i)
      end
      socket.read(length)
      answer(socket, line.split[1])
    end
  rescue SystemCallError, IOError
    nil # the client, or the answer itself, has closed it
  ensure
    socket.close
  end

  def answer(socket, target)
    path = target[/\A[^?]*/]
    number = @mutex.synchronize { @seen[path] += 1 }
    (@answers[path] || Server.page(status: 404)).call(socket, target, number)
  end
end

# How one process of the program went.
Result = Struct.new(:code, :signal, :stdout, :stderr, :sink)

class RunnerTest < Minitest::Test
  def setup
    @folder = Dir.mktmpdir('loads-ruby-')
  end

  def teardown
    @server&.close
    FileUtils.rm_rf(@folder)
  end

  def file(text, name = 'example.rb')
    path = File.join(@folder, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  def server(answers)
    @server = Server.new(answers)
  end

  def sink(name = 'r.ipc')
    Sink.new("ipc://#{@folder}/#{name}")
  end

  # Where nobody listens.
  def closed_url
    listener = TCPServer.new('127.0.0.1', 0)
    port = listener.addr[1]
    listener.close
    "http://127.0.0.1:#{port}"
  end

  # The environment that the host gives.
  def host_environment(sink, more = {})
    basic = { 'LOADS_ZMQ_RECEIVER' => sink.endpoint, 'LOADS_RUN_ID' => 'run-1', 'LOADS_AGENT_ID' => 'local.1',
              'LOADS_TOTAL_USERS' => '1', 'LOADS_CURRENT_USER' => '1', 'LOADS_PROTOCOL' => '2' }
    basic['LOADS_TOTAL_HITS'] = '1' unless more['LOADS_DURATION']
    basic.merge(more)
  end

  def command(*arguments) = [RbConfig.ruby, PROGRAM, *arguments]

  def clean(env)
    ENV.keys.grep(/\A(?:LOADS_|SERVER_URL)/).to_h { |name| [name, nil] }.merge(env)
  end

  # To the end, by hand unless `env` names a host.
  def run_program(*arguments, env: {})
    stdout, stderr, status = Open3.capture3(clean(env), *command(*arguments), stdin_data: '')
    Result.new(status.exitstatus, status.termsig, stdout, stderr)
  end

  # A file's text as the host would run it, to the end.
  def run_for_host(text, env: {}, options: [], name: nil)
    sink = self.sink.open
    options += ['--server-url', @server.url] if @server
    target = [file(text), name].compact.join(':')
    result = run_program(*options, target, env: host_environment(sink, env))
    result.sink = sink.until_end
    result
  end

  # Starts the program and yields its process id and standard output; then it is over.
  def start_program(*arguments, env:)
    out, writer = IO.pipe
    pid = Process.spawn(clean(env), *command(*arguments), in: File::NULL, out: writer, err: writer)
    writer.close
    yield pid, out
    status = Process.wait2(pid)[1]
    pid = nil
    Result.new(status.exitstatus, status.termsig, out.read, '')
  ensure
    if pid
      Process.kill('KILL', pid)
      Process.wait(pid)
    end
    out.close
  end

  # Numbers without holes, and the last message tells how many came before it.
  def assert_whole_account(sink)
    assert_equal((1..sink.messages.size).to_a, sink.messages.map { |each| each['seq'] })
    last = sink.messages.last
    assert_equal ['runnerEnd', sink.messages.size - 1], last.values_at('data_type', 'sent')
  end
end
