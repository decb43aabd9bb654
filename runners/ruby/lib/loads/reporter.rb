# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require 'socket'
require_relative 'clock'
require_relative 'encode'
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
      @identity = JSON.generate(identity.compact)[1..-2]
      @process = Process.pid
      @mutex = Mutex.new
      @due = ConditionVariable.new  # a frame is full, or the end has come
      @room = ConditionVariable.new
      @queue = []
      @seq = 0
      @is_over = false
      @deadline = nil # of the delivery, once the end has come
      @sender = Thread.new { send_all }
    end

    # Queues a message, and waits for room to do so. What comes after the end, or from
    # a process that a test forked, is not told.
    def report(type, fields)
      return if Process.pid != @process

      text = Encode.fields(fields)
      @mutex.synchronize do
        @room.wait(@mutex) while @queue.size >= QUEUE_LIMIT && !@is_over
        push(type, text) unless @is_over
      end
    end

    # Sends what is queued and the final message, waits until the host has it all, and
    # returns the exit code: failed tests are results, messages left over are not.
    def finish
      @mutex.synchronize do
        push('runnerEnd', JSON.generate(sent: @seq))
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

    def push(type, fields)
      @seq += 1
      @queue << "{\"data_type\":\"#{type}\",#{@identity},\"seq\":#{@seq}#{fields == '{}' ? '' : ','}#{fields[1..]}"
      @due.signal if @queue.size == FRAME_MESSAGES
    end

    # Returns whether all went out.
    def send_all
      while (frame = next_frame)
        until @socket.send(frame)
          return false if @deadline && Clock.now > @deadline
        end
      end
      true
    end

    # Waits until one is full, or its first message has waited long enough; nil: the end.
    def next_frame
      @mutex.synchronize do
        until @queue.size >= FRAME_MESSAGES || @is_over
          @due.wait(@mutex, FRAME_DELAY_S)
          break unless @queue.empty?
        end
        next nil if @queue.empty?

        @room.broadcast if @queue.size >= QUEUE_LIMIT
        "[#{@queue.shift(frame_length).join(',')}]"
      end
    end

    # How many messages from the head of the queue fit into one frame.
    def frame_length
      bytes = 0
      fitting = @queue.first(FRAME_MESSAGES).take_while { |each| (bytes += each.bytesize + 1) <= FRAME_BYTES }
      [fitting.size, 1].max
    end
  end
end
