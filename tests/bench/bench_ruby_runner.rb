# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# What recording costs: the same Net::HTTP loop over one connection, bare in plain ruby
# and as a test that the runner runs for the host, every hit reported and counted; one
# test of all requests, so that what a test itself costs is not in it. That is shown
# apart: the processor time of a test that does nothing. The client, with the thread that
# sends the messages, has the first processor, nginx and the host the last. Interleaved in
# changing order; medians of the differences within the pairs, each beside the median of
# the bare loop's own time of the same kind.
require 'json'
require 'socket'
require 'tmpdir'

BUILD = ENV.fetch('top_builddir')
REQUESTS = Integer(ENV.fetch('BENCH_REQUESTS', '5000'))
ROUNDS = Integer(ENV.fetch('BENCH_ROUNDS', '15'))
PAGE = 'Welcome home: a page of some hundred bytes, which is what a small answer of a real service has.'

# The figures come from the process itself, so that what starts and ends it is not in them.
LOOP = <<~RUBY
  require 'net/http'
  def measure(file, url)
    uri = URI(url)
    Net::HTTP.start(uri.host, uri.port) do |http|
      500.times { http.get('/') }
      wall, cpu = clocks
      #{REQUESTS}.times { http.get('/') }
      File.write(file, clocks.zip([wall, cpu]).map { |after, before| after - before }.join(' '))
    end
  end
  def clocks = [Process::CLOCK_MONOTONIC, Process::CLOCK_PROCESS_CPUTIME_ID].map { |each| Process.clock_gettime(each) }
RUBY

def start_nginx(folder, cpu)
  listener = TCPServer.new('127.0.0.1', 0)
  port = listener.addr[1]
  File.write("#{folder}/nginx.conf", <<~CONF)
    worker_processes 1; daemon off; pid #{folder}/pid; error_log #{folder}/error.log; events { }
    http { access_log off; keepalive_requests 1000000000; client_body_temp_path #{folder}/body;
        proxy_temp_path #{folder}/proxy; fastcgi_temp_path #{folder}/fcgi; uwsgi_temp_path #{folder}/uwsgi;
        scgi_temp_path #{folder}/scgi;
        server { listen 127.0.0.1:#{port}; location / { return 200 "#{PAGE}"; } } }
  CONF
  nginx = ['/usr/sbin/nginx', 'nginx'].find { |each| system('which', each, out: File::NULL) }
  # It takes the listening socket over.
  pid = spawn({ 'NGINX' => "#{listener.fileno};" }, 'taskset', '-c', cpu, nginx, '-p', folder,
              '-c', "#{folder}/nginx.conf", listener.fileno => listener.fileno, err: File::NULL)
  listener.close
  [pid, "http://127.0.0.1:#{port}"]
end

# [seconds, processor seconds] of the loop.
def figures(folder, *command)
  system(*command, out: File::NULL) or abort "failed: #{command.join(' ')}"
  File.read("#{folder}/figures").split.map(&:to_f)
end

def run_bare(folder, client)
  figures(folder, 'taskset', '-c', client, 'ruby', "#{folder}/bare.rb")
end

# The runner shares its processor with nobody: loads itself is on the other.
def run_recorded(folder, url, client, other)
  taken = figures(folder, 'taskset', '-c', other, "#{BUILD}/loads", 'run', '--quiet', '--server-url', url, '--hits', '1',
                  '--output', 'json', '--output-json-filename', "#{folder}/result.json",
                  '--test-runner', "taskset -c #{client} #{BUILD}/loads-ruby-runner --server-url #{url} {test}",
                  "#{folder}/recorded.rb")
  result = JSON.parse(File.read("#{folder}/result.json"))
  account = result['messages']
  hits = result['totals']['hits']
  bad = account.values_at('lost', 'malformed', 'unknown', 'duplicate').sum
  abort "holes in the account: #{hits} hits, #{account}" unless hits == REQUESTS + 500 && bad.zero?
  taken
end

def median(numbers) = numbers.sort[numbers.size / 2]

# Microseconds of processor time that one test adds to a run.
def test_us(folder, client, other)
  seconds = [0, 1].map do |many|
    count = 1 + many * REQUESTS
    figures(folder, 'taskset', '-c', other, "#{BUILD}/loads", 'run', '--quiet', '--hits', count.to_s,
            '--output', 'null', '--test-runner', "taskset -c #{client} #{BUILD}/loads-ruby-runner {test}", "#{folder}/empty.rb")[1]
  end
  (seconds[1] - seconds[0]) / REQUESTS * 1e6
end

Dir.mktmpdir('loads-bench-') do |folder|
  client = '0'
  other = (File.read('/proc/self/status')[/^Cpus_allowed_list:.*?(\d+)$/, 1] || '0')
  nginx, url = start_nginx(folder, other)
  File.write("#{folder}/bare.rb", "#{LOOP}\nmeasure('#{folder}/figures', '#{url}')\n")
  File.write("#{folder}/recorded.rb", "#{LOOP}\ndef test_loop = measure('#{folder}/figures', Loads.server_url)\n")
  File.write("#{folder}/empty.rb", <<~RUBY)
    def test_empty = nil
    at_exit { File.write('#{folder}/figures', "0 \#{Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)}") }
  RUBY
  pairs = Array.new(ROUNDS) do |round|
    sides = [-> { run_bare(folder, client) }, -> { run_recorded(folder, url, client, other) }]
    round.even? ? sides.map(&:call) : sides.reverse.map(&:call).reverse
  end
  ['time', 'processor time'].each_with_index do |name, kind|
    bare_us = median(pairs.map { |bare, _| bare[kind] }) / REQUESTS * 1e6
    added_us = median(pairs.map { |bare, recorded| recorded[kind] - bare[kind] }) / REQUESTS * 1e6
    puts format('Net::HTTP, %d GETs: recording adds %.1f us of %s to a request of %.1f us: %.1f %%',
                REQUESTS, added_us, name, bare_us, added_us / bare_us * 100)
  end
  puts format('a test by itself takes %.1f us of processor time', median(Array.new(ROUNDS / 3 + 1) { test_us(folder, client, other) }))
  puts "every hit is in the result: #{REQUESTS + 500} in each of #{ROUNDS} runs, none lost, malformed or twice"
ensure
  if nginx
    Process.kill('TERM', nginx)
    Process.wait(nginx)
  end
end
