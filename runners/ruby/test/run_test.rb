# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# Whole runs against a real server and a real receiver: exact numbers.
require_relative 'helpers'

class RunTest < RunnerTest
  def test_users_times_hits_every_number_is_exact
    server('/' => Server.page, '/item' => Server.page)
    result = run_for_host(<<~RUBY, env: { 'LOADS_TOTAL_USERS' => '10', 'LOADS_CURRENT_USER' => '4', 'LOADS_PROCESS_USERS' => '3', 'LOADS_TOTAL_HITS' => '40' })
      require 'minitest/autorun'
      require 'loads'
      class TestShop < Minitest::Test
        def test_buy
          assert_equal '200', Net::HTTP.get_response(URI(Loads.url('/'))).code
          Loads.name('item') { Net::HTTP.get(URI(Loads.url("/item?user=\#{Loads.user}"))) }
          Loads.incr_counter('bought', 2)
        end
        def test_look = Net::HTTP.get(URI(Loads.url('/')))
        def other = raise('not a test')
      end
    RUBY
    sink = result.sink
    assert_equal ['', '', 0], [result.stdout, result.stderr, result.code]
    assert_whole_account(sink)
    assert_equal({ '/' => 240, '/item' => 120 }, @server.seen)
    assert_equal 360, sink.hits.size
    %w[startTest stopTest addSuccess].each { |type| assert_equal 240, sink.count(type), type }
    assert_equal(240, sink.of('incr_counter').sum { |each| each['value'] })
    assert_equal 0, sink.count('startTestRun') + sink.count('stopTestRun')
    assert_operator sink.frames.size, :<, sink.messages.size / 10
    assert_equal %w[TestShop.test_buy TestShop.test_look], sink.of('startTest').map { |each| each['test'] }.uniq.sort

    items = sink.hits.select { |each| each['name'] == 'item' }
    assert_equal 120, items.size
    [4, 5, 6].each do |user| # each hit belongs to the user that made it
      own = items.select { |each| each['loads_status'][3] == user }
      assert_equal ["#{@server.url}/item?user=#{user}"], own.map { |each| each['url'] }.uniq
      assert_equal((1..40).map { |iteration| [40, 10, iteration, user] }, own.map { |each| each['loads_status'] })
    end
  end

  def test_what_a_hit_and_a_test_say
    slow = lambda do |socket, *|
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none")
      sleep(0.3) # after the headers: what elapsed has and ttfb has not
      socket.write('two')
    end
    server('/slow' => slow)
    sink = run_for_host(<<~RUBY).sink
      def test_slow = Net::HTTP.post(URI(Loads.url('/slow')), 'x')
    RUBY
    hit = sink.hits.first
    assert_equal %w[agent_id bytes_in connect data_type elapsed hostname loads_status method run_id seq started
                    status ttfb url], hit.keys.sort
    assert_equal ["#{@server.url}/slow", 'POST', 200, 6], hit.values_at('url', 'method', 'status', 'bytes_in')
    assert_equal %w[local.1 run-1], hit.values_at('agent_id', 'run_id')
    assert_match(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\z/, hit['started'])
    assert_operator hit['elapsed'] - hit['ttfb'], :>=, 0.15
    assert_operator hit['connect'], :<, hit['ttfb']
    assert_equal %w[startTest add_hit addSuccess stopTest runnerEnd], sink.messages.map { |each| each['data_type'] }
    stop = sink.of('stopTest').first
    assert_operator stop['elapsed'], :>=, hit['elapsed']
    assert_equal ['test_slow', [1, 1, 1, 1]], stop.values_at('test', 'loads_status')
  end

  def test_only_the_first_request_of_a_connection_has_its_time
    server('/' => Server.page)
    sink = run_for_host(<<~RUBY).sink
      def test_twice
        uri = URI(Loads.url('/'))
        Net::HTTP.start(uri.host, uri.port) do |http|
          sleep 0.5
          2.times { http.get('/') }
        end
      end
    RUBY
    first, second = sink.hits
    assert_operator first['connect'], :>, 0
    assert_operator first['elapsed'], :<, 0.5
    refute second.key?('connect')
  end

  def test_bodies_of_all_kinds
    chunked = ->(socket, *) { socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n") }
    server('/' => Server.page, '/chunked' => chunked,
           '/empty' => ->(socket, *) { socket.write("HTTP/1.1 204 No\r\n\r\n") },
           '/head' => ->(socket, *) { socket.write("HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n") },
           '/gzip' => lambda do |socket, *|
             body = [0x1f8b].pack('n') + "\x08\0\0\0\0\0\0\x03\xCBH\xCD\xC9\xC9\a\0\x86\xA6\x106\x05\0\0\0".b
             socket.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: #{body.bytesize}\r\n\r\n#{body}")
           end)
    sink = run_for_host(<<~RUBY).sink
      def test_all
        uri = URI(Loads.url('/'))
        Net::HTTP.start(uri.host, uri.port) do |http|
          raise 'chunks' unless http.get('/chunked').body == 'abcdefg'
          http.get('/empty')
          http.head('/head')
          raise 'gzip' unless http.get('/gzip').body == 'hello'
          http.request_get('/') { |response| response.read_body { |part| } }
        end
      end
    RUBY
    assert_equal 1, sink.count('addSuccess')
    assert_equal([7, nil, nil, 25, 18], sink.hits.map { |each| each['bytes_in'] })
    assert_equal([200, 204, 200, 200, 200], sink.hits.map { |each| each['status'] })
  end

  def test_each_request_of_a_redirect_is_a_hit_and_open_uri_is_recorded
    server('/' => Server.page, '/old' => lambda do |socket, *|
      socket.write("HTTP/1.1 302 Found\r\nLocation: /?moved\r\nContent-Length: 0\r\n\r\n")
    end)
    sink = run_for_host("require 'open-uri'\ndef test_moved = URI.parse(Loads.url('old')).open.read").sink
    assert_equal([["#{@server.url}/old", 302], ["#{@server.url}/?moved", 200]],
                 sink.hits.map { |each| each.values_at('url', 'status') })
    assert_equal({ '/old' => 1, '/' => 1 }, @server.seen)
  end

  def test_requests_without_a_whole_response
    server('/cut' => ->(socket, *) { socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc") && socket.close },
           '/hang' => ->(socket, *) { socket.read },
           '/half' => ->(socket, *) { socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc") && socket.read })
    sink = run_for_host(<<~RUBY).sink
      def http = (uri = URI(Loads.url('/'))) && Net::HTTP.new(uri.host, uri.port)
      def test_1_refused = Net::HTTP.get(URI('#{closed_url}/'))
      def test_2_refused = Net::HTTP.new(URI('#{refused = closed_url}').host, URI('#{refused}').port).get('/x')
      def test_3_cut = http.post('/cut', '')
      def test_4_late
        late = http
        late.read_timeout = 0.05
        late.get('/hang')
      end
      def test_5_timeout = Timeout.timeout(0.05) { http.post('/hang', '') }
      def test_6_left = http.request_get('/half') { break }
      def test_7_raised = http.request_get('/half') { raise 'enough' }
      def test_8_kept
        $kept = Thread.new { http.post('/hang', '') }
        sleep 0.05
      end
    RUBY
    hits = sink.hits.map { |each| each.values_at('method', 'status', 'error') }
    assert_match(/Connection refused/, hits[0].last)
    assert_equal ['CONNECT', 0], hits[0].first(2)
    assert_match(/Connection refused/, hits[1].last)
    assert_equal ["GET", "#{refused}/x"], sink.hits[1].values_at('method', 'url')
    # Net::HTTP itself takes it for a whole one.
    assert_equal ['POST', 0, 'the answer ended after 3 of 100 bytes'], hits[2]
    # Net::HTTP asks twice, and so it is two hits.
    assert_equal ['GET', 0, 'no whole answer; Net::HTTP asked again'], hits[3]
    assert_match(/Net::ReadTimeout/, hits[4].last)
    assert_match(/execution expired|did not wait/, hits[5].last) # as Ruby's version has it
    assert_equal([['GET', 200, nil], ['GET', 200, nil]], hits[6..7])
    assert_equal ['POST', 0, 'no response before the end of the run'], hits[8]
    assert_equal 9, hits.size
    assert_equal({ '/cut' => 1, '/hang' => 4, '/half' => 2 }, @server.seen)
    assert_equal(%w[7_raised 5_timeout 4_late 2_refused 1_refused].sort,
                 sink.of('addError').map { |each| each['test'].delete_prefix('test_') }.sort)
    assert_whole_account(sink)
  end

  def test_threads_of_a_test_belong_to_its_user
    server('/' => Server.page)
    sink = run_for_host(<<~RUBY, env: { 'LOADS_TOTAL_USERS' => '3', 'LOADS_PROCESS_USERS' => '3', 'LOADS_TOTAL_HITS' => '10' }).sink
      def test_threads
        user = Loads.user
        threads = 2.times.map { Thread.new { Thread.new { Net::HTTP.get(URI(Loads.url("/?\#{user}"))) }.join } }
        threads << Thread.start { Net::HTTP.get(URI(Loads.url("/?\#{user}"))) }
        Enumerator.new { |each| each << Net::HTTP.get(URI(Loads.url("/?\#{user}"))) }.next
        threads.each(&:join)
      end
    RUBY
    assert_equal 120, sink.hits.size
    assert(sink.hits.all? { |each| each['url'].end_with?("/?#{each['loads_status'][3]}") })
    assert_whole_account(sink)
  end

  # Nothing is left that could run the rest.
  def test_a_test_that_ends_its_thread_ends_its_user
    sink = run_for_host(<<~RUBY, env: { 'LOADS_PROCESS_USERS' => '2', 'LOADS_TOTAL_USERS' => '2', 'LOADS_TOTAL_HITS' => '2' }).sink
      def test_dies = Loads.user == 1 && Thread.current.kill
    RUBY
    assert_whole_account(sink)
    assert_equal 3, sink.count('startTest')
    assert_equal 3, sink.count('stopTest')
    assert_equal 2, sink.count('addSuccess')
    assert_equal(['ThreadError'], sink.of('addError').map { |each| each['exc_info'][1] })
  end

  def test_what_failures_and_errors_say
    sink = run_for_host(<<~RUBY, env: { 'LOADS_TOTAL_HITS' => '2' }).sink
      require 'minitest/autorun'
      class OutOfStock < StandardError; end
      class TestShop < Minitest::Test
        def test_fails = assert_equal(200, 503, 'status of the cart')
        def test_errs
          raise 'no shelf'
        rescue
          raise OutOfStock, 'no more books'
        end
        def test_skips = skip('not today')
        def test_both
          @raise = true
          assert false, 'first'
        end
        def teardown = (raise 'teardown' if @raise)
        def test_exits = exit(0)
        def test_odd = raise(Exception, "a\\0b\\xff")
      end
      class Plain
        def test_fails = raise(Loads::Failure, 'wrong')
        def test_throws = throw(:nobody)
      end
    RUBY
    assert_whole_account(sink)
    failures = sink.of('addFailure').to_h { |each| [each['test'], each['exc_info']] }
    assert_equal %w[Plain.test_fails TestShop.test_both TestShop.test_fails], failures.keys.sort
    assert_equal 6, sink.count('addFailure')
    message, name, traceback = failures['TestShop.test_fails']
    assert_equal "status of the cart.\nExpected: 200\n  Actual: 503", message
    assert_equal 'Minitest::Assertion', name
    assert_equal "#{@folder}/example.rb:4:in `test_fails'", traceback
    assert_equal ['wrong', 'Loads::Failure'], failures['Plain.test_fails'].first(2)

    errors = sink.of('addError').to_h { |each| [each['test'], each['exc_info']] }
    assert_equal %w[Plain.test_throws TestShop.test_errs TestShop.test_exits TestShop.test_odd], errors.keys.sort
    assert_equal ['no more books', 'OutOfStock'], errors['TestShop.test_errs'].first(2)
    assert_equal <<~TEXT.chomp, errors['TestShop.test_errs'][2]
      #{@folder}/example.rb:8:in `rescue in test_errs'
      #{@folder}/example.rb:5:in `test_errs'
      Caused by RuntimeError: no shelf
      #{@folder}/example.rb:6:in `test_errs'
    TEXT
    assert_equal 'SystemExit', errors['TestShop.test_exits'][1]
    assert_equal "a\u{fffd}b\u{fffd}", errors['TestShop.test_odd'][0]
    # A test that was skipped has begun and stopped, and no more.
    assert_equal 0, sink.count('addSuccess')
    assert_equal 16, sink.count('startTest')
    assert_equal 16, sink.count('stopTest')
  end

  def test_all_kinds_of_tests_each_in_a_fresh_object
    text = <<~RUBY
      require 'minitest/autorun'
      class TestUnit < Minitest::Test
        def setup = @count = 0
        def test_fresh = assert_equal(1, @count += 1)
        parallelize_me!
      end
      describe 'the shop' do
        before { @open = true }
        it('is open') { assert @open }
        describe 'at night' do
          it('sells: books') { _(@open).must_equal true }
        end
      end
      module Shop
        class TestPlain
          def initialize = @order = []
          def setup = @order << :setup
          def test_order = (raise unless @order == [:setup])
          def teardown = Loads.incr_counter('teardowns')
          def helper = raise
        end
        def self.test_module = Loads.incr_counter('modules')
      end
      def test_function = (raise unless (@count = @count.to_i + 1) == 1)
      def helper = Loads.incr_counter('helped')
    RUBY
    names = ['Shop.test_module', 'Shop::TestPlain.test_order', 'TestUnit.test_fresh', 'test_function',
             'the shop.test_0001_is open', 'the shop::at night.test_0001_sells: books']
    sink = run_for_host(text, env: { 'LOADS_TOTAL_HITS' => '3' }).sink
    assert_equal names * 3, sink.of('addSuccess').map { |each| each['test'] }
    assert_equal %w[modules teardowns] * 3, sink.of('incr_counter').map { |each| each['name'] }

    { 'Shop.TestPlain' => names[1, 1], 'Shop::TestPlain#test_order' => names[1, 1], 'TestUnit.test_fresh' => names[2, 1],
      'Shop' => names[0, 2], 'the shop::at night.test_0001_sells: books' => names[5, 1],
      'test_fresh' => names[2, 1], 'test_function' => names[3, 1], 'helper' => ['helper'] }.each do |name, expected|
      FileUtils.rm_f("#{@folder}/r.ipc")
      assert_equal expected, run_for_host(text, name: name).sink.of('addSuccess').map { |each| each['test'] }, name
    end
  end

  def test_counters_and_metrics
    sink = run_for_host(<<~RUBY).sink
      def test_measures
        Loads.incr_counter('one')
        Loads.metric('queue', 7.5, :gauge)
        Loads.metric('answer time', 0.25)
        Loads.metric('ok', 1, 'rate')
        Loads.metric('sold', 3, :counter)
      end
      def test_wrong_kind = Loads.metric('x', 1, 'sum')
      def test_wrong_name = Loads.incr_counter('')
      def test_wrong_value = Loads.incr_counter('x', Float::NAN)
      def test_long_name = Loads.name('x' * 257) {}
    RUBY
    assert_equal([['one', 1, 'test_measures']],
                 sink.of('incr_counter').map { |each| each.values_at('name', 'value', 'test') })
    assert_equal([['queue', 7.5, 'gauge'], ['answer time', 0.25, 'trend'], ['ok', 1, 'rate'], ['sold', 3, 'counter']],
                 sink.of('metric').map { |each| each.values_at('name', 'value', 'kind') })
    assert_equal ["the name #{'x' * 20}... is longer than 256 bytes",
                  'metric x: kind sum is not one of counter, gauge, rate, trend',
                  'a name must be a text, not ""', 'x: NaN is not a finite number'].sort,
                 sink.of('addError').map { |each| each['exc_info'][0] }.sort
  end

  def test_setup_and_teardown_of_users_and_processes
    server('/' => Server.page)
    result = run_for_host(<<~RUBY, env: { 'LOADS_TOTAL_USERS' => '2', 'LOADS_PROCESS_USERS' => '2', 'LOADS_TOTAL_HITS' => '3' })
      require 'minitest/autorun'
      puts "process \#{Loads.user} \#{Loads.server_url}"
      at_exit { puts 'end' }
      Minitest.after_run { puts 'after' }
      def setup_user
        raise 'no login' if Loads.user == 2
        Loads.name('login') { Net::HTTP.get(URI(Loads.url('/'))) }
        Loads.store[:count] = 0
      end
      def test_count = Loads.store[:count] += Loads.iteration
      def teardown_user = Loads.metric('count', Loads.store[:count])
    RUBY
    sink = result.sink
    assert_equal "process 1 #{@server.url}\nafter\nend\n", result.stdout
    assert_equal ['login'], sink.hits.map { |each| each['name'] }
    assert_equal([6], sink.of('metric').map { |each| each['value'] })
    assert_equal 3, sink.count('addSuccess')
    assert_equal [['setup_user', 'no login']], sink.of('addError').map { |each| [each['test'], each['exc_info'][0]] }
    assert_whole_account(sink)
  end

  def test_rows
    csv = file("term,page\nlamp,1\n\"chair,red\",2\nrug,3\n", 'terms.csv')
    text = "def test_row = Loads.incr_counter(\"\#{Loads.user} \#{Loads.row['term']}\")\n"
    env = { 'LOADS_TOTAL_USERS' => '2', 'LOADS_PROCESS_USERS' => '2', 'LOADS_TOTAL_HITS' => '3' }
    { [] => ['1 lamp', '1 rug', '1 chair,red', '2 chair,red', '2 lamp', '2 rug'],
      %w[--data-order once] => ['1 lamp', '1 rug', '2 chair,red'],
      %w[--data-unique] => ['1 lamp', '1 rug', '1 lamp', '2 chair,red', '2 chair,red', '2 chair,red'] }
      .each do |options, expected|
      FileUtils.rm_f("#{@folder}/r.ipc")
      sink = run_for_host(text, env: env, options: ['--data', csv, *options]).sink
      dealt = sink.of('incr_counter').map { |each| each['name'] }.partition { |each| each.start_with?('1') }.flatten
      assert_equal expected, dealt, options.inspect
    end
  end

  def test_random_numbers_are_repeated_by_the_seed
    text = "puts Loads.random.rand(1000)\ndef test_draw = puts(Loads.random.rand(1000000))"
    path = file(text)
    draws = %w[a a b].map { |seed| run_program('--seed', seed, path).stdout.lines.grep(/\A\d+$/) }
    assert_equal draws[0], draws[1]
    refute_equal draws[0], draws[2]
    shown = run_program(path)
    again = run_program('--seed', shown.stdout[/--seed (\S+)/, 1], path)
    assert_equal shown.stdout, again.stdout
  end

  def test_a_duration_users_go_on_until_it_is_over
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    result = run_for_host('def test_nothing = nil',
                          env: { 'LOADS_DURATION' => '0.5', 'LOADS_PROCESS_USERS' => '5', 'LOADS_TOTAL_USERS' => '5' })
    sink = result.sink
    assert_equal 0, result.code
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, :>=, 0.5
    assert_whole_account(sink)
    assert_operator sink.count('stopTest'), :>, 5
    assert_equal sink.count('startTest'), sink.count('stopTest')
    assert_equal [0, 5, 1], sink.of('startTest').first['loads_status'].first(3)
  end

  # More messages than the queue, libzmq and the kernel hold: users wait for the host.
  def test_a_host_that_comes_late_loses_nothing
    late = sink
    path = file("$started = 0\ndef test_many = ($started += 1) == 1000 && $stdout.syswrite('1000 tests')")
    env = host_environment(late, 'LOADS_PROCESS_USERS' => '20', 'LOADS_TOTAL_USERS' => '20', 'LOADS_TOTAL_HITS' => '200')
    result = start_program(path, env: env) do |_, out|
      out.readpartial(10)
      late.open.until_end
    end
    assert_equal 0, result.code
    assert_whole_account(late)
    assert_equal 4000, late.count('stopTest')
  end

  def test_messages_that_libzmq_still_holds_at_the_end_reach_a_late_host
    late = sink
    path = file("def test_one = $stdout.syswrite('the last test')")
    result = start_program(path, env: host_environment(late)) do |_, out|
      out.readpartial(13)
      late.open.until_end
    end
    assert_equal 0, result.code
    assert_whole_account(late)
    assert_equal 1, late.count('addSuccess')
  end

  def test_many_large_texts_no_frame_is_larger_than_the_host_takes
    sink = run_for_host("def test_big = raise(\"\\u20ac\" * 100000)", env: { 'LOADS_TOTAL_HITS' => '300' }).sink
    assert_whole_account(sink)
    assert_equal 300, sink.count('addError')
    assert(sink.frames.all? { |count| count < 200 })
    assert_equal "#{"\u20ac" * 8192}...", sink.of('addError').first['exc_info'][0]
  end

  %w[TERM INT].each do |signal|
    define_method("test_sig#{signal.downcase}_lets_the_running_iteration_finish") do
      asked = Queue.new
      answer = Queue.new
      server('/wait' => lambda do |socket, *|
        asked << true
        answer.pop
        Server.page.call(socket)
      end)
      host = sink.open
      path = file("def test_wait = Net::HTTP.get(URI(Loads.url('/wait')))")
      result = start_program('--server-url', @server.url, path, env: host_environment(host, 'LOADS_DURATION' => '60')) do |pid|
        asked.pop
        Process.kill(signal, pid)
        answer.close
        host.until_end
      end
      assert_equal 0, result.code
      assert_whole_account(host)
      assert_equal host.count('startTest'), host.count('stopTest')
      assert_equal host.count('startTest'), host.count('addSuccess')
      assert_equal @server.seen['/wait'], host.hits.size
    end
  end

  def test_a_test_that_does_not_end_is_left_behind_after_sigterm_a_second_one_ends_at_once
    path = file(<<~RUBY)
      at_exit { sleep }
      def test_hang
        sleep 60
      ensure
        sleep 60
      end
    RUBY
    hosts = [sink('1').open, sink('2').open]
    hard = nil
    gentle = start_program(path, env: host_environment(hosts[0], 'LOADS_TOTAL_HITS' => '5')) do |pid|
      hosts[0].until { |each| each['data_type'] == 'startTest' }
      Process.kill('TERM', pid)
      hard = start_program(path, env: host_environment(hosts[1])) do |other|
        hosts[1].until { |each| each['data_type'] == 'startTest' }
        Process.kill('TERM', other)
        Process.kill('INT', other)
      end
      hosts[0].until_end
    end
    assert_includes [Signal.list['TERM'], Signal.list['INT']], hard.signal
    assert_equal 0, gentle.code
    assert_whole_account(hosts[0])
    assert_equal 0, hosts[0].count('stopTest')
  end

  def test_one_that_never_waits_is_named
    host = sink.open
    path = file("def test_loop\n  loop { }\nend")
    result = start_program(path, env: host_environment(host, 'LOADS_DURATION' => '60')) do |pid|
      host.until { |each| each['data_type'] == 'startTest' }
      Process.kill('TERM', pid)
      host.until_end
    end
    assert_equal 0, result.code
    assert_whole_account(host)
    error = host.of('addError').first
    assert_equal ['test_loop', ['the test still ran 4 s after it was to end', 'Loads::Overdue']],
                 [error['test'], error['exc_info'].first(2)]
    assert_match(/example.rb:2:in/, error['exc_info'][2])
  end

  def test_what_a_forked_process_does_is_not_told
    server('/' => Server.page)
    sink = run_for_host(<<~RUBY).sink
      def test_fork
        Process.wait(fork { Net::HTTP.get(URI(Loads.url('/'))); exit! })
        Net::HTTP.get(URI(Loads.url('/')))
      end
    RUBY
    assert_equal 1, sink.hits.size
    assert_whole_account(sink)
  end

  def test_by_hand_tap
    server('/' => Server.page, '/slow' => Server.page(status: 503, body: "\e[31m"))
    result = run_program('--server-url', @server.url, "#{ROOT}/examples/shop.rb")
    assert_equal ['', 1], [result.stderr, result.code]
    lines = result.stdout.lines(chomp: true)
    assert_equal 'TAP version 13', lines[0]
    assert_equal(['not ok 1 - TestShop.test_browse', 'ok 2 - TestShop.test_home', '1..2'], lines.grep(/\A(not )?ok|\A1\.\./))
    assert(lines.all? { |line| line.match?(/\A(TAP|1\.\.|ok|not ok|#)/) }, result.stdout)
    assert_match(%r{^# GET http://127.0.0.1:\d+/slow\?page=1 503 \d+\.\d ms$}, result.stdout)
    assert_match(/^# Minitest::Assertion: /, result.stdout)
    assert_equal({ '/' => 2, '/slow' => 1 }, @server.seen)
  end

  # Without the runner: minitest's own, as in the test suite of the service.
  def test_the_same_file_is_a_functional_test
    server('/' => Server.page, '/slow' => Server.page)
    stdout, status = Open3.capture2e(clean('SERVER_URL' => @server.url), RbConfig.ruby, '-I', "#{ROOT}/lib", "#{ROOT}/examples/shop.rb")
    assert_match(/2 runs, 5 assertions, 0 failures, 0 errors, 0 skips/, stdout)
    assert status.success?
    assert_equal({ '/' => 2, '/slow' => 1 }, @server.seen)
  end
end
