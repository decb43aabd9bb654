# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require 'socket'
require_relative 'clock'
require_relative 'encode'
require_relative 'hit_encoder'
require_relative 'settings'
require_relative 'zmq'

module Loads
  # Carries messages to the host: numbers them, puts many into a frame that one thread
  # sends, and makes users wait when the host is slow.
  class Reporter
    FRAME_MESSAGES = 200
    FRAME_BYTES = 512 * 1024 # half of what the host takes
    FRAME_DELAY_S = 0.1
    QUEUE_LIMIT = 5000       # messages; beyond it users wait
    SOCKET_FRAMES = 16       # libzmq's own queue
    SEND_WAIT_S = 0.1
    DELIVERY_S = 30          # how long the end waits for the host

    def self.connect(settings)
      socket = Zmq::Push.new(settings.receiver, frames: SOCKET_FRAMES, wait_s: SEND_WAIT_S)
      new(socket, settings.identity)
    rescue Zmq::Error => e
      raise UsageError, "LOADS_ZMQ_RECEIVER=#{settings.receiver}: #{e.message}"
    end

    def initialize(socket, identity)
      @socket = socket
      @identity = Encode.members(identity.compact)
      @process = Process.pid
      @mutex = Mutex.new
      @due = ConditionVariable.new  # a frame is full, or the end has come
      @room = ConditionVariable.new
      @queue = []
      @seq = 0
      @hits = HitEncoder.new(@identity)
      @is_over = false
      @deadline = nil # of the delivery, once the end has come
      @sender = Thread.new { send_all }
    end

    # Queues a message, and waits for room to do so. What comes after the end, or from
    # a process that a test forked, is not told.
    def report(type, fields)
      members = Encode.members(fields)
      push { |seq| message(type, seq, members) }
    end

    def report_hit(hit)
      push { |seq| @hits.message(hit, seq) }
    end

    # Sends what is queued and the final message, waits until the host has it all, and
    # returns the exit code: failed tests are results, messages left over are not.
    def finish
      @mutex.synchronize do
        @queue << message('runnerEnd', @seq + 1, Encode.members(sent: @seq))
        @is_over = true
        @deadline = Clock.now + DELIVERY_S
        @due.signal
        @room.broadcast
      end
      # In a thread that waits for it, signals would have to wait too.
      is_delivered = @sender.value && Thread.new { @socket.close([@deadline - Clock.now, 0.001].max) }.value
      return 0 if is_delivered

      warn "loads-ruby-runner: the host did not take all messages within #{DELIVERY_S} s"
      1
    end

    private

    # The block makes the text: the order of the queue is that of the numbers.
    def push
      return if Process.pid != @process

      @mutex.synchronize do
        @room.wait(@mutex) while @queue.size >= QUEUE_LIMIT && !@is_over
        next if @is_over

        @queue << yield(@seq + 1)
        @seq += 1
        @due.signal if @queue.size == FRAME_MESSAGES
      end
    end

    def message(type, seq, members)
      "{\"data_type\":\"#{type}\",#{@identity},\"seq\":#{seq},#{members}}"
    end

    # Returns whether all went out.
    def send_all
      until (texts = next_texts).empty?
        frames(texts).each do |frame|
          until @socket.send(frame)
            return false if @deadline && Clock.now > @deadline
          end
        end
      end
      true
    end

    # Waits until a frame is full, or its first message has waited long enough; empty at
    # the end.
    def next_texts
      @mutex.synchronize do
        until @queue.size >= FRAME_MESSAGES || @is_over
          @due.wait(@mutex, FRAME_DELAY_S)
          break unless @queue.empty?
        end
        @room.broadcast if @queue.size >= QUEUE_LIMIT
        @queue.shift(FRAME_MESSAGES)
      end
    end

    # One, unless there are large messages.
    def frames(texts)
      return ["[#{texts.join(',')}]"] if texts.sum(&:bytesize) + texts.size <= FRAME_BYTES

      fitting = texts.size / 2
      fitting.zero? ? ["[#{texts.first}]"] : frames(texts.first(fitting)) + frames(texts.drop(fitting))
    end
  end
end
