# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require 'socket'
require_relative 'clock'
require_relative 'encode'
require_relative 'hit_encoder'
require_relative 'settings'
require_relative 'zmq'

module Loads
  # Carries messages to the host: numbers them, puts many into a frame, has a thread send
  # the frames, and makes users wait when the host is slow.
  class Reporter
    TEXT_MESSAGES = 32       # are written in one go: one by one it takes twice as long
    FRAME_MESSAGES = 200
    FRAME_BYTES = 512 * 1024 # half of what the host takes
    FRAME_DELAY_S = 0.1
    FRAMES_LIMIT = 24        # beyond it users wait: 5000 messages with what is in work
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
      @mutex = Mutex.new
      @due = ConditionVariable.new  # a frame is full, or the end has come
      @room = ConditionVariable.new
      @news = Queue.new # hits, and [type, members] of other messages
      @frame = +''      # what they become
      @count = 0        # messages in it
      @frames = []      # full ones
      @seq = 0
      @hits = HitEncoder.new(@identity)
      @is_over = false
      @deadline = nil # of the delivery, once the end has come
      @sender = Thread.new { send_all }
    end

    # Takes a message, and waits for room to do so. What comes after the end, or from a
    # process that a test forked, is not told.
    def report(type, fields)
      report_hit([type, Encode.members(fields)])
    end

    # For most it does no more than to put them down.
    def report_hit(news)
      wait_for_room if @frames.size >= FRAMES_LIMIT
      @news << news
      write_soon if @news.size >= TEXT_MESSAGES
    end

    # Sends what is queued and the final message, waits until the host has it all, and
    # returns the exit code: failed tests are results, messages left over are not.
    def finish
      @mutex.synchronize do
        write_news
        append(message('runnerEnd', Encode.members(sent: @seq)))
        end_frame
        @is_over = true
        @deadline = Clock.now + DELIVERY_S
        @room.broadcast
      end
      # In a thread that waits for it, signals would have to wait too.
      is_delivered = @sender.value && Thread.new { @socket.close([@deadline - Clock.now, 0.001].max) }.value
      return 0 if is_delivered

      warn "loads-ruby-runner: the host did not take all messages within #{DELIVERY_S} s"
      1
    end

    private

    def wait_for_room
      @mutex.synchronize do
        @room.wait(@mutex) while @frames.size >= FRAMES_LIMIT && !@is_over && @sender.alive?
      end
    end

    # A time-out of the test, or what ends its thread, must not come between.
    def write_soon
      Thread.handle_interrupt(Object => :never) { @mutex.synchronize { write_news } }
    end

    # After a fork there is no sender.
    def write_news
      return @news.clear if @is_over || !@sender.alive?

      @hits.look_at_clock
      @news.size.times do
        news = @news.pop
        if news.is_a?(Array)
          append(message(*news))
        elsif !news.told?
          append(@hits.message(news, @seq += 1))
        end
      end
    end

    def message(type, members)
      "{\"data_type\":\"#{type}\",#{@identity},\"seq\":#{@seq += 1},#{members}}"
    end

    def append(text)
      end_frame if @count == FRAME_MESSAGES || (@count != 0 && @frame.bytesize + text.bytesize > FRAME_BYTES)
      @frame << (@count == 0 ? '[' : ',') << text
      @count += 1
    end

    def end_frame
      @frames << (@frame << ']')
      @frame = +''
      @count = 0
      @due.signal
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

    # Waits until a frame is full, or its first message has waited long enough; nil at the end.
    def next_frame
      @mutex.synchronize do
        while @frames.empty? && !@is_over
          @due.wait(@mutex, FRAME_DELAY_S)
          next unless @frames.empty?

          write_news
          end_frame unless @count.zero?
        end
        @room.broadcast if @frames.size >= FRAMES_LIMIT
        @frames.shift
      end
    end
  end
end
