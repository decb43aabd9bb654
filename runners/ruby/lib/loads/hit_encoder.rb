# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'encode'

module Loads
  # Hits as JSON. They are by far the most of all messages, and to record should cost
  # little: so this writes the text itself, and keeps what comes again and again.
  class HitEncoder
    KEPT = 1000

    # `identity`: members of every message, as JSON without braces.
    def initialize(identity)
      @head = "{\"data_type\":\"add_hit\",#{identity},\"seq\":"
      @targets = {}
      @second = nil
    end

    def message(hit, seq)
      text = "#{@head}#{seq},\"loads_status\":#{hit.status_text},#{target(hit)},\"status\":#{hit.status}," \
             "\"started\":\"#{date(hit.unix_us)}\",\"elapsed\":#{hit.elapsed_us}e-6"
      text << ",\"ttfb\":#{hit.ttfb_us}e-6" if hit.ttfb_us
      text << ",\"bytes_in\":#{hit.bytes_in}" if hit.bytes_in
      text << connection(hit.connection) if hit.connection
      text << ",#{Encode.members(name: hit.name)}" if hit.name
      text << ",#{Encode.members(error: hit.error)}" if hit.error
      text << '}'
    end

    private

    def target(hit)
      (@targets[hit.method] ||= {})[hit.url] || keep(hit)
    end

    def keep(hit)
      known = @targets[hit.method]
      known.clear if known.size >= KEPT
      known[hit.url] = Encode.members(url: hit.url, method: hit.method)
    end

    def date(unix_us)
      second, us = unix_us.divmod(1_000_000)
      if second != @second
        @second = second
        @second_text = Time.at(second).utc.strftime('%Y-%m-%dT%H:%M:%S.')
      end
      "#{@second_text}#{us.to_s.rjust(6, '0')}Z"
    end

    def connection(connection)
      tls_us = connection.tls_us
      text = ",\"connect\":#{connection.elapsed_us - (tls_us || 0)}e-6"
      tls_us ? "#{text},\"tls\":#{tls_us}e-6" : text
    end
  end
end
