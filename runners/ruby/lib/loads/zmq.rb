# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# The few functions of libzmq that the runner needs, called through Ruby's own Fiddle.
require 'fiddle'

module Loads
  module Zmq
    class Error < StandardError; end

    PUSH = 8
    LINGER = 17
    SNDHWM = 23
    SNDTIMEO = 28
    NAMES = %w[libzmq.so.5 libzmq.so libzmq.5.dylib].freeze

    class << self
      # Fiddle lets other threads run during a call.
      def function(name, arguments, result = Fiddle::TYPE_INT)
        Fiddle::Function.new(library[name], arguments, result)
      end

      def message
        STRERROR.call(Fiddle.last_error).to_s
      end

      private

      def library
        @library ||= NAMES.each do |name|
          break Fiddle.dlopen(name)
        rescue Fiddle::DLError
          next
        end
        return @library if @library.is_a?(Fiddle::Handle)

        raise Error, "cannot load libzmq (#{NAMES.join(', ')})"
      end
    end

    POINTER = Fiddle::TYPE_VOIDP
    INT = Fiddle::TYPE_INT
    SIZE = Fiddle::TYPE_SIZE_T
    CTX_NEW = function('zmq_ctx_new', [], POINTER)
    CTX_TERM = function('zmq_ctx_term', [POINTER])
    SOCKET = function('zmq_socket', [POINTER, INT], POINTER)
    CLOSE = function('zmq_close', [POINTER])
    SETSOCKOPT = function('zmq_setsockopt', [POINTER, INT, POINTER, SIZE])
    CONNECT = function('zmq_connect', [POINTER, POINTER])
    SEND = function('zmq_send', [POINTER, POINTER, SIZE, INT])
    STRERROR = function('zmq_strerror', [INT], POINTER)

    # A PUSH socket. It belongs to one thread at a time.
    class Push
      # `frames`: how many libzmq holds while nobody takes them; `wait_s`: how long
      # send() waits then.
      def initialize(endpoint, frames:, wait_s:)
        @context = CTX_NEW.call
        @socket = SOCKET.call(@context, PUSH)
        set(SNDHWM, frames)
        set(SNDTIMEO, (wait_s * 1000).to_i)
        return if CONNECT.call(@socket, endpoint).zero?

        why = Zmq.message
        close(0)
        raise Error, why
      end

      # False when it was not taken in time; then it may be tried again.
      def send(frame)
        SEND.call(@socket, frame, frame.bytesize, 0) >= 0
      end

      # Gives what is still held so long to go. False when the time was used up.
      def close(linger_s)
        set(LINGER, (linger_s * 1000).ceil)
        began = Clock.now
        CLOSE.call(@socket)
        CTX_TERM.call(@context)
        Clock.now - began < linger_s
      end

      private

      def set(option, number)
        SETSOCKOPT.call(@socket, option, [number].pack('i'), 4)
      end
    end
  end
end
