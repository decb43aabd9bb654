# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# How tests in Ruby reach a server; a test each.
require 'minitest/autorun'
require 'net/http'
require 'open-uri'
require 'loads'

class TestWays < Minitest::Test
  def uri = URI(Loads.url('/page'))

  def test_net_http = assert_equal('200', Net::HTTP.get_response(uri).code)

  def test_open_uri = assert_equal('Welcome', uri.open.read)

  def test_connection
    Net::HTTP.start(uri.host, uri.port, use_ssl: true) do |http|
      2.times { assert_equal '200', http.get('/page').code }
    end
  end
end
