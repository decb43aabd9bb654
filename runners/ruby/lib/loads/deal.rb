# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'rows'
require_relative 'settings'

module Loads
  # Which row a user gets when. Nothing is remembered and nobody is asked: every process
  # of a run finds the same answer.
  #
  # Rows are dealt like cards: in turn k user u of U gets card (k - 1) * U + u - 1. When
  # unique, user u owns the rows u - 1, u - 1 + U, ... and is dealt these alone.
  class Deal
    ROUNDS = 6

    # Nil when no --data was given.
    def self.open(settings)
      new(Rows.read(settings.data), settings) if settings.data
    end

    def initialize(rows, settings)
      @rows = rows
      @settings = settings
      @users = settings.users
      check_count if settings.data_unique
    end

    # The row of the user's turn, both from 1; nil: none is left.
    def row(user, turn)
      first = user - 1
      return at(pick(0, user, turn, @rows.size, (turn - 1) * @users + first)) unless @settings.data_unique

      own = (@rows.size - first - 1) / @users + 1
      card = pick(user, user, turn, own, turn - 1)
      at(card && first + card * @users)
    end

    private

    def at(index) = index && @rows[index]

    def check_count
      needed = [@users, @settings.data_users || 0].max
      return if @rows.size >= needed

      raise UsageError, "#{@settings.data} has #{@rows.size} rows: not enough for #{needed} users with rows of their own"
    end

    # The card of a stack of `count` of which `dealt` are gone. `owner` is 0 for the
    # stack of all.
    def pick(owner, user, turn, count, dealt)
      case @settings.data_order
      when 'random' then @settings.number_of('draw', user, turn) % count
      when 'shuffled' then shuffled(owner, dealt / count, count, dealt % count)
      when 'once' then dealt if dealt < count
      else dealt % count
      end
    end

    # Where a card lies after a shuffle, without shuffling the others: a Feistel network
    # permutes the next power of four; what falls outside is shuffled on.
    def shuffled(owner, pass, count, card)
      half = ((count - 1).bit_length + 1) / 2
      mask = (1 << half) - 1
      loop do
        left = card >> half
        right = card & mask
        ROUNDS.times do |round|
          left, right = right, left ^ (@settings.number_of('shuffle', owner, pass, round, right) & mask)
        end
        card = left << half | right
        return card if card < count
      end
    end
  end
end
