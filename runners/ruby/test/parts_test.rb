# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# Parts on their own, where a whole run would not show them well.
require_relative 'helpers'
require 'loads'
require 'loads/deal'
require 'loads/encode'
require 'loads/errors'
require 'loads/reporter'
require 'loads/tap'
require 'stringio'

class EncodeTest < Minitest::Test
  def encoded(text) = JSON.parse("{#{Loads::Encode.members({ text: text })}}")['text']

  def test_an_ordinary_message_is_its_json
    assert_equal %("url":"http://h/\u00e9\\"\\n"), Loads::Encode.members({ url: "http://h/\u00e9\"\n" })
  end

  def test_what_no_host_takes
    assert_equal "a\u{fffd}b", encoded("a\0b")
    assert_equal "a\u{fffd}b", encoded("a\xffb")
    assert_equal "\u00e9\u{fffd}", encoded("\u00e9\xff".b)
    assert_equal "\u00e9", encoded("\xe9".dup.force_encoding('ISO-8859-1'))
    assert_equal "\u00e9", encoded("\u00e9".encode('UTF-16LE'))
    assert_equal '\u0000', encoded('\u0000') # only looks so
  end

  def test_texts_are_clipped_the_traceback_later_than_others
    long = 'x' * 20_000
    message, _, traceback = JSON.parse("{#{Loads::Encode.members({ exc_info: [long, 'E', long] })}}")['exc_info']
    assert_equal "#{'x' * 8192}...", message
    assert_equal "#{'x' * 16_384}...", traceback
    assert_equal "#{"\u{1f600}" * 8192}...", encoded("\u{1f600}" * 9000)
  end
end

class ErrorsTest < Minitest::Test
  def test_assertions_are_known_by_their_classes
    assert Loads::Errors.assertion?(Minitest::Assertion.new)
    assert Loads::Errors.assertion?(Class.new(Loads::Failure).new)
    refute Loads::Errors.assertion?(RuntimeError.new)
  end

  def test_anything_can_be_raised
    hostile = Class.new(StandardError) { def message = raise('no') }
    assert_equal 'an error that cannot be read', Loads::Errors.describe(hostile.new)[0]
    assert_equal ['StandardError', 'StandardError', ''], Loads::Errors.describe(StandardError.new(''))
    nameless = Class.new(StandardError)
    assert_equal ['x', nameless.to_s, ''], Loads::Errors.describe(nameless.new('x'))
  end

  def test_many_causes
    error = 9.downto(0).inject(nil) do |cause, number|
      raise "number #{number}", cause: cause
    rescue RuntimeError => e
      e
    end
    assert_equal 4, Loads::Errors.describe(error)[2].scan('Caused by').size
  end
end

class TapTest < Minitest::Test
  def printed(*reports)
    out = StringIO.new
    tap = Loads::Tap.new(out, '7')
    yield tap if block_given?
    reports.each { |type, fields| tap.report(type, { test: 'test_a', **fields }) }
    [tap.finish, out.string]
  end

  def test_what_passes_and_what_does_not
    assert_equal [0, "TAP version 13\n# --seed 7\nok 1 - test_a\n1..1\n"], printed(['addSuccess', {}])
    assert_equal [1, "TAP version 13\n# --seed 7\nnot ok 1 - test_a\n# E: no\n# at x\n1..1\n"],
                 printed(['addError', { exc_info: ['no', 'E', 'at x'] }])
    assert_equal [0, "TAP version 13\n# --seed 7\nok 1 - b \\# c # SKIP not today\n1..1\n"],
                 printed { |tap| tap.skip('b # c', "not\ntoday") }
  end

  def test_what_a_server_sends_does_not_steer_the_terminal
    _, text = printed(['addError', { exc_info: ["\e[31mred\a\xff", 'E', "\tat\u009b \u00e9\nok 9"] }])
    assert_includes text, "# E: \\x1b[31mred\\x07\u{fffd}\n# \tat\\x9b \u00e9\n# ok 9\n"
  end
end

class DealTest < Minitest::Test
  ROWS = (0...10).to_a

  # Stands for the command line.
  def deal(users, order, unique: false)
    env = { 'LOADS_ZMQ_RECEIVER' => 'x', 'LOADS_PROTOCOL' => '2', 'LOADS_TOTAL_USERS' => users.to_s }
    argv = ['--data', 'x.csv', '--data-order', order, '--seed', 's', 'x.rb']
    Loads::Deal.new(ROWS, Loads::Settings.new(unique ? ['--data-unique', *argv] : argv, env))
  end

  def turns(deal, users, turns)
    (1..turns).flat_map { |turn| (1..users).map { |user| deal.row(user, turn) } }
  end

  def test_sequential_begins_again_and_once_ends
    assert_equal ROWS + [0, 1], turns(deal(3, 'sequential'), 3, 4)
    assert_equal ROWS + [nil, nil], turns(deal(3, 'once'), 3, 4)
  end

  def test_shuffled_each_row_once_a_time_in_another_order
    rows = turns(deal(2, 'shuffled'), 2, 15)
    passes = rows.each_slice(10).to_a
    passes.each { |pass| assert_equal ROWS, pass.sort }
    assert_equal 3, passes.uniq.size
    assert_equal rows, turns(deal(2, 'shuffled'), 2, 15)
  end

  def test_random_draws_from_all
    rows = turns(deal(2, 'random'), 2, 100)
    assert_equal ROWS, rows.uniq.sort
    assert_operator rows.tally.values.max, :<, 60
  end

  def test_unique_no_row_is_shared
    %w[sequential random shuffled once].each do |order|
      rows = deal(3, order, unique: true)
      owned = (1..3).map { |user| (1..4).map { |turn| rows.row(user, turn) }.compact.uniq }
      assert_equal owned.flatten, owned.flatten.uniq, order
      assert_equal [0, 3, 6, 9], owned[0].sort, order unless order == 'random'
    end
    assert_nil deal(3, 'once', unique: true).row(2, 4)
  end
end

# Takes a frame when told, or refuses it.
class SlowSocket
  attr_reader :frames

  def initialize
    @frames = []
    @permits = Queue.new
  end

  def send(frame)
    @permits.pop
    @frames << JSON.parse(frame)
    true
  end

  def take(count = 1) = count.times { @permits << true }
  def close(_linger) = true
end

class ReporterTest < Minitest::Test
  def setup
    @socket = SlowSocket.new
    @reporter = Loads::Reporter.new(@socket, { agent_id: 'a.1', run_id: nil, hostname: 'h' })
  end

  def report(count) = count.times { @reporter.report('startTest', { test: 't' }) }

  def finish
    @socket.take(1000)
    @reporter.finish
  end

  def test_messages_come_in_frames_and_the_last_tells_how_many_came_before
    report(450)
    assert_equal 0, finish
    @reporter.report('startTest', {}) # too late
    messages = @socket.frames.flatten
    assert_operator @socket.frames.map(&:size).max, :<=, 200
    assert_equal((1..451).to_a, messages.map { |each| each['seq'] })
    assert_equal({ 'data_type' => 'startTest', 'agent_id' => 'a.1', 'hostname' => 'h', 'seq' => 1, 'test' => 't' },
                 messages.first)
    assert_equal ['runnerEnd', 450], messages.last.values_at('data_type', 'sent')
  end

  def test_who_reports_waits_while_the_queue_is_full
    told = 0
    writer = Thread.new { 10_000.times { report(1) && told += 1 } }
    Thread.pass until writer.stop?
    # The queue, and what the sender has taken from it.
    assert_includes 4800..5100, told
    assert_equal 0, finish
    writer.join
    assert_equal told, 10_000 # what came after the end was let go
    assert_equal @socket.frames.flatten.size, @socket.frames.flatten.last['seq']
  end

  def test_a_frame_stays_below_what_the_host_takes
    200.times { @reporter.report('addError', { exc_info: ["\u20ac" * 8000, 'E', ''] }) }
    finish
    assert(@socket.frames.all? { |frame| JSON.generate(frame).bytesize <= 512 * 1024 })
    assert_equal 201, @socket.frames.flatten.size
  end
end

# What a test may ask without the runner.
class AloneTest < Minitest::Test
  def test_a_file_runs_without_the_runner
    assert_equal [1, 1, nil], [Loads.user, Loads.iteration, Loads.server_url]
    assert_nil Loads.incr_counter('x')
    assert_nil Loads.metric('x', 1)
    assert_equal(5, Loads.name('x') { 5 })
    assert_includes 0..9, Loads.random.rand(10)
    Loads.store[:a] = 1
    assert_equal 1, Loads.store[:a]
    assert_match(/no --data|only in a test/, assert_raises(ArgumentError) { Loads.row }.message)
    assert_match(/no --server-url/, assert_raises(ArgumentError) { Loads.url('/') }.message)
  end
end
