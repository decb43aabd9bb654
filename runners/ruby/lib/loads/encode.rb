# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require 'json'

module Loads
  # A message as JSON that every host takes: texts in UTF-8, with limits, without NUL.
  module Encode
    # In characters. The host's limit is 64 KiB of UTF-8 for one text.
    TEXT_LIMIT = 8192
    TRACEBACK_LIMIT = 16_384
    FIELDS_LIMIT = 8192 # bytes below which no text can be too long
    NUL = '\u0000' # as JSON writes it

    module_function

    # The members of a JSON object, without its braces.
    def members(fields)
      text = JSON.generate(fields)
      text = JSON.generate(safe(fields)) if text.bytesize > FIELDS_LIMIT || text.include?(NUL)
      text[1..-2]
    rescue JSON::JSONError, EncodingError
      JSON.generate(safe(fields))[1..-2]
    end

    def safe(value, limit = TEXT_LIMIT)
      case value
      when Hash then value.to_h { |key, each| [key, key == :exc_info ? safe_error(each) : safe(each)] }
      when Array then value.map { |each| safe(each) }
      when String then safe_text(value, limit)
      else value
      end
    end

    def safe_error((message, name, traceback))
      [safe(message), safe(name), safe(traceback, TRACEBACK_LIMIT)]
    end

    # Bytes of no encoding are most often UTF-8 that nobody has marked as such.
    def safe_text(text, limit)
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text = text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub("\u{fffd}").tr("\0", "\u{fffd}")
      text.length > limit ? "#{text[0, limit]}..." : text
    end
  end
end
