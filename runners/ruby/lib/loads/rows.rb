# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require 'json'
require_relative 'settings'

module Loads
  # The rows of --data: frozen Hashes by column, all read and checked before anything
  # runs. A CSV has texts, a JSON what it says.
  class Rows
    FILE_LIMIT = 64 * 1024 * 1024

    # A column that is not there is a mistake, not nil.
    MISSING = lambda do |row, column|
      raise KeyError, "no column #{column.inspect}; there are #{row.keys.join(', ')}"
    end

    def self.read(file)
      new(file).rows
    end

    attr_reader :rows

    def initialize(file)
      @file = file
      @rows = (file.end_with?('.json') ? json : csv).map { |row| finish(row) }
      refuse('has no rows') if @rows.empty?
    end

    private

    def refuse(why)
      raise UsageError, "--data #{@file}: #{why}"
    end

    def text
      refuse('ends neither with .csv nor with .json') unless @file.end_with?('.csv', '.json')
      refuse('no such file') unless File.exist?(@file)
      refuse('is not a file') unless File.file?(@file)
      refuse("has more than #{FILE_LIMIT >> 20} MiB") if File.size(@file) > FILE_LIMIT
      text = File.read(@file, encoding: 'bom|utf-8')
      text.valid_encoding? ? text : refuse('is not UTF-8')
    rescue SystemCallError => e
      refuse(e.message)
    end

    def csv
      require 'csv'
      columns, *rows = CSV.parse(text, skip_blanks: true)
      check_columns(columns || [])
      rows.each_with_index.map do |row, index|
        count = columns.size
        refuse("row #{index + 1} has #{row.size} values for #{count} columns") if row.size != count
        columns.zip(row.map(&:to_s)).to_h
      end
    rescue CSV::MalformedCSVError => e
      refuse(e.message)
    end

    def check_columns(columns)
      refuse('line 1: a column without a name') if columns.any? { |each| each.to_s.empty? }
      refuse("line 1: two columns #{columns.tally.find { |_, count| count > 1 }.first}") if columns.uniq.size < columns.size
    end

    def json
      rows = JSON.parse(text)
      refuse('is not an array of objects') unless rows.is_a?(Array) && rows.all?(Hash)
      rows
    rescue JSON::ParserError => e
      refuse("is not JSON: #{e.message.lines.first.to_s.strip[0, 200]}")
    end

    def finish(row)
      row.default_proc = MISSING
      row.freeze
    end
  end
end
