# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# Visitors of the shop, in a test that minitest runs too:
#     loads run shop.rb --server-url http://127.0.0.1:8080 -u 5:10:20 -d 10
#     SERVER_URL=http://127.0.0.1:8080 ruby shop.rb
require 'loads'
require 'minitest/autorun'
require 'net/http'

class TestShop < Minitest::Test
  def setup
    uri = URI(Loads.server_url)
    @shop = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https')
  end

  def teardown
    @shop.finish
  end

  def test_home
    home = @shop.get('/')
    assert_equal '200', home.code
    assert_match(/<html/i, home.body)
  end

  def test_browse
    assert_equal '200', @shop.get('/').code
    assert_equal '200', @shop.get('/slow?page=1').code
  end
end
