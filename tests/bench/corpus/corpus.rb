#!/usr/bin/env ruby
# SPDX-License-Identifier: Apache-2.0
# Writes messages as runners in Ruby send them: JSON.generate, Time#iso8601.
# Usage: corpus.rb COUNT, which is the number of messages.
require 'json'
require 'time'

RANDOM = Random.new(3)
PATHS = [
  -> { '/' },
  -> { "/products/#{RANDOM.rand(99_999)}.json?locale=en&request=#{RANDOM.rand(2**48).to_s(16)}" },
  -> { "/orders/#{RANDOM.rand(99_999)}/items?page=#{RANDOM.rand(9)}&session=#{RANDOM.rand(2**64).to_s(16)}" },
  -> { '/häuser/größe' },
].freeze

def envelope(type, old, status)
  host = 'api-client-12.staging.example.org'
  return { data_type: type, worker_id: RANDOM.rand(1..64).to_s, hostname: host, loads_status: status } if old

  { data_type: type, agent_id: "api-client-12.#{RANDOM.rand(1..300)}", run_id: 'd3b07384d113edec49eaa6238ad5ff00',
    hostname: host, loads_status: status }
end

def hit(old, status, at)
  envelope('add_hit', old, status).merge(
    url: "https://api.example.org#{PATHS.sample(random: RANDOM).call}", method: %w[GET GET POST DELETE].sample(random: RANDOM),
    status: [200, 200, 200, 201, 204, 404, 422].sample(random: RANDOM), started: at.iso8601(6),
    elapsed: Math.exp(-3 + RANDOM.rand * 2) # all 17 digits, as a difference of clocks has
  )
end

def test(old, status)
  envelope(%w[startTest stopTest addSuccess].sample(random: RANDOM), old, status)
    .merge((old ? :test_name : :test) => "TestApi#test_orders_of_customer_#{RANDOM.rand(20)}")
end

def error(old, status)
  envelope('addError', old, status)
    .merge(test: 'TestApi#test_orders', exc: ['execution expired', 'Net::ReadTimeout', "test_api.rb:21:in `get'\ntest_api.rb:9"])
end

at = Time.utc(2026, 11, 22, 10)
Integer(ARGV.fetch(0)).times do |number|
  at += RANDOM.rand * 0.02
  old = number.odd?
  status = [10, 20, RANDOM.rand(1..10), RANDOM.rand(1..20)]
  kind = RANDOM.rand
  puts JSON.generate(if kind < 0.85 then hit(old, status, at) elsif kind < 0.995 then test(old, status) else error(old, status) end)
end
