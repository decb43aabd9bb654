# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# What the program says when it is called wrongly: one clear error, exit code 2.
require_relative 'helpers'

class UsageTest < RunnerTest
  GOOD = "def test_a = nil\ndef test_b = nil\ndef helper = nil\n"

  def assert_refused(arguments, message, env: {})
    result = run_program(*arguments, env: env)
    assert_match message, result.stderr
    assert_match(/\Aloads-ruby-runner: /, result.stderr)
    refute_match(%r{lib/loads}, result.stderr)
    assert_equal ['', 2], [result.stdout, result.code]
    result.stderr
  end

  def test_the_command_line
    { [] => /no test file given; Usage: loads-ruby-runner/,
      %w[--user x.rb] => /invalid option: --user; see --help$/,
      %w[x.rb y.rb] => /one test file at a time: x\.rb and y\.rb given/,
      %w[x.rb --server-url] => /missing argument: --server-url; see --help/,
      %w[--server-url=localhost:80 x.rb] => /--server-url localhost:80 is not an http or https URL/,
      ['--server-url', 'http://a b/', 'x.rb'] => %r{--server-url http://a b/ is not an http},
      %w[--data-order up --data x.csv x.rb] => /--data-order up: expected sequential, random, shuffled, once/,
      %w[--data-unique x.rb] => /--data-order and --data-unique need --data/,
      %w[--data-unique=0 --data x.csv x.rb] => /--data-unique=0 is not a whole number from 1 to 1000000/ }
      .each { |arguments, message| assert_refused(arguments, message) }
  end

  def test_help_and_version
    help = run_program('--help')
    assert_match(/\AUsage: loads-ruby-runner/, help.stdout)
    assert_equal 0, help.code
    assert_match(/\A\d+\.\d+\.\d+\n\z/, run_program('--version').stdout)
  end

  def test_the_gem_is_all_that_is_needed
    folder = File.expand_path('..', __dir__)
    home = "#{@folder}/home"
    gem = "#{@folder}/loads.gem"
    [['build', '-C', folder, 'loads-runner.gemspec', '--output', gem],
     ['install', '--local', '--ignore-dependencies', '--no-document', '--install-dir', home, gem]].each do |arguments|
      said, status = Open3.capture2e(Gem.ruby, '-S', 'gem', *arguments)
      assert status.success?, said
    end
    shown, = Open3.capture2({ 'GEM_HOME' => home, 'LOADS_ZMQ_RECEIVER' => nil }, Gem.ruby,
                            "#{home}/bin/loads-ruby-runner", file("require 'loads'\n#{GOOD}"))
    assert_match(/^ok 2 - test_b$/, shown)
  end

  def test_the_file
    assert_refused(["#{@folder}/none.rb"], /cannot read .*none\.rb: no such file$/)
    assert_refused(["#{@folder}/none.rb:TestA.test_b"], /cannot read .*none\.rb: no such file$/)
    assert_refused([file(GOOD, 'shop.py')], /shop\.py is not a Ruby file \(\.rb\)$/)
    FileUtils.mkdir("#{@folder}/folder.rb")
    assert_refused(["#{@folder}/folder.rb"], /cannot read .*folder\.rb: not a file$/)
    assert_refused([file('raise "no database"')],
                   /example\.rb does not load: RuntimeError: no database\n.*example\.rb:1:in `<top \(required\)>'$/)
    assert_refused([file('require "missing"')], /does not load: LoadError: cannot load such file -- missing/)
    assert_refused([file('exit 0')], /does not load: SystemExit: exit/)
  end

  def test_a_syntax_error_is_shown_where_it_is
    assert_refused([file("a = 1\nb = = 2\n")], /example\.rb does not load: SyntaxError: .*example\.rb:2: syntax error/)
  end

  # What the file wants to be done at exit belongs to a run.
  def test_nothing_runs_at_exit_when_nothing_ran
    assert_refused([file("at_exit { puts 'bye' }\nrequire 'minitest/autorun'\nclass TestA < Minitest::Test\n" \
                         "def test_a = nil\nend\nraise 'x'\n")], /does not load: RuntimeError: x/)
  end

  def test_the_name
    path = file(GOOD)
    assert_refused(["#{path}:test_c"], /has no test test_c; it has test_a, test_b$/)
    assert_refused(["#{path}:raise"], /has no test raise; it has test_a, test_b$/)
    assert_refused([file("class TestEmpty\nend\n")], /has no test: no method whose name starts with "test"$/)
    assert_refused([file('def buy = nil')], /has no test: /)
    # What a file requires is not in it.
    file("def test_other = nil\nclass TestOther\ndef test_it = nil\nend\n", 'other.rb')
    assert_match(/^ok 1 - test_own\n1\.\.1$/, run_program(file("require 'other'\ndef test_own = nil")).stdout)
  end

  def test_a_file_whose_folder_has_a_colon
    path = file(GOOD, 'a:b.rb:c/d.rb')
    assert_equal(['ok 1 - test_b'], run_program("#{path}:test_b").stdout.lines(chomp: true).grep(/\Aok/))
    assert_equal 2, run_program(path).stdout.lines.grep(/\Aok/).size
  end

  def test_the_environment
    path = file(GOOD)
    env = host_environment(sink)
    { { 'LOADS_DURATION' => '5', 'LOADS_TOTAL_HITS' => '1' } => /LOADS_TOTAL_HITS and LOADS_DURATION are both set/,
      { 'LOADS_TOTAL_HITS' => 'ten' } => /LOADS_TOTAL_HITS=ten is not a whole number/,
      { 'LOADS_PROCESS_USERS' => '0' } => /LOADS_PROCESS_USERS=0 is not a whole number from 1 to 1000000/,
      { 'LOADS_TOTAL_HITS' => '', 'LOADS_DURATION' => '-1' } => /LOADS_DURATION=-1 is not a number of seconds/,
      { 'LOADS_PROTOCOL' => '' } => /LOADS_PROTOCOL=: this runner needs a host that speaks protocol 2/,
      { 'LOADS_ZMQ_RECEIVER' => 'nonsense' } => /LOADS_ZMQ_RECEIVER=nonsense: Invalid argument/ }
      .each { |more, message| assert_refused([path], message, env: env.merge(more)) }
  end

  def test_rows
    path = file(GOOD)
    { 'none.csv' => [nil, /none\.csv: no such file/], 'rows.txt' => ['a', /rows\.txt: ends neither with \.csv nor/],
      'empty.csv' => ['', /empty\.csv: has no rows/], 'head.csv' => ["a,b\n", /head\.csv: has no rows/],
      'twice.csv' => ["a,a\n1,2\n", /twice\.csv: line 1: two columns a/],
      'noname.csv' => ["a,\n1,2\n", /noname\.csv: line 1: a column without a name/],
      'short.csv' => ["a,b\n1,2\n3\n", /short\.csv: row 2 has 1 values for 2 columns/],
      'long.csv' => ["a,b\n1,2,3\n", /long\.csv: row 1 has 3 values for 2 columns/],
      'quote.csv' => ["a\n\"1\n", /quote\.csv: Unclosed quoted field in line 2/],
      'bytes.csv' => ["a\n\xff\n", /bytes\.csv: is not UTF-8/], 'text.json' => ['[{"a":', /text\.json: is not JSON/],
      'flat.json' => ['[1]', /flat\.json: is not an array of objects/], 'none.json' => ['[]', /none\.json: has no rows/] }
      .each do |name, (text, message)|
      data = text ? file(text, name) : "#{@folder}/#{name}"
      assert_refused(['--data', data, path], message)
    end
    three = file("\u{feff}a\n1\n\n2\n3\n", 'three.csv')
    assert_refused(['--data', three, '--data-unique=4', path], /three\.csv has 3 rows: not enough for 4 users/)
    asks = file("def test_a = Loads.row['b']\ndef test_b = Loads.incr_counter(Loads.row['a'])")
    shown = run_program('--data', three, asks).stdout
    assert_match(/^# KeyError: no column "b"; there are a$/, shown)
    assert_match(/^# counter 1 1$/, shown)
    shown = run_program(asks).stdout
    assert_match(/^# ArgumentError: Loads.row: no --data was given$/, shown)
    refute_match(%r{lib/loads}, shown) # where the test asks, and not our own line
  end
end
