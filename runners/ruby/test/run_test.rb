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
end
