# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# From FILE[:NAME] to tests. Whatever is wrong with the file is known here, before the
# first user starts.
require_relative 'cases'
require_relative 'settings'

# A file that says `require 'minitest/autorun'` shall not run its tests when the process
# ends. Prepended before minitest is there, as the file decides which one is loaded.
module Minitest
  singleton_class.prepend(Module.new do
    def autorun; end

    def after_run(&block)
      at_exit(&block)
    end
  end)
end

module Loads
  class Loader
    # By name, at least one.
    attr_reader :tests

    def initialize(target)
      @file, name = split(target)
      load_file
      @tests = name ? chosen(name) : all
      return unless @tests.empty?

      raise UsageError, "#{@file} has no test: no method whose name starts with \"test\"" if name.nil?

      raise UsageError, "#{@file} has no test #{name}; #{known}"
    end

    # A function of the file that is no test, such as setup_user; or nil.
    def function(name)
      FunctionCase.new(name) if functions.include?(name)
    end

    private

    # The longest leading part that is a file: there are colons in names too.
    def split(target)
      return check(target) if File.exist?(target)

      colon = target.length
      while (colon = target.rindex(':', colon - 1)) && colon.positive?
        return check(target[0...colon], target[colon + 1..]) if File.exist?(target[0...colon])
      end
      check(target[/\A.*?\.rb(?=:)/m] || target)
    end

    def check(file, name = nil)
      raise UsageError, "#{file} is not a Ruby file (.rb)" unless file.end_with?('.rb')
      raise UsageError, "cannot read #{file}: no such file" unless File.exist?(file)
      raise UsageError, "cannot read #{file}: not a file" unless File.file?(file)

      # Shop::TestHome#test_new as well as Shop.TestHome.test_new.
      [file, name&.empty? ? nil : name]
    end

    def load_file
      folder = File.dirname(File.expand_path(@file))
      $LOAD_PATH << folder # for what stands beside it; behind all others
      require File.expand_path(@file)
    rescue Exception => e # rubocop:disable Lint/RescueException
      raise if e.is_a?(SignalException)

      message, name, traceback = Errors.describe(e)
      traceback = '' if e.is_a?(SyntaxError) # its message has the place
      raise UsageError, "#{@file} does not load: #{name}: #{[message, traceback].join("\n").strip}"
    end

    def all
      @all ||= (minitest + classes + modules + functions.grep(/\Atest/).map { |each| FunctionCase.new(each) })
               .sort_by(&:name).uniq(&:name)
    end

    # One test, all of a class, a function of any name, or all methods of that name.
    def chosen(name)
      wanted = plain(name)
      found = all.select { |each| plain(each.name) == wanted || plain(each.name).start_with?("#{wanted}.") }
      return found unless found.empty?

      other = function(name.to_sym)
      other ? [other] : all.select { |each| plain(each.name).end_with?(".#{wanted}") }
    end

    def plain(name) = name.gsub(/::|#/, '.')

    def known
      all.empty? ? 'it has none' : "it has #{all.map(&:name).join(', ')}"
    end

    def minitest
      return [] unless defined?(::Minitest::Runnable)

      # Newer ones shuffle by a seed that is not set yet.
      ::Minitest.seed ||= 1 if ::Minitest.respond_to?(:seed)
      found = ::Minitest::Runnable.runnables.flat_map do |owner|
        owner.runnable_methods.grep(/\Atest/).map { |method| MinitestCase.new(owner, method) }
      end
      srand
      found
    end

    def classes
      own_modules.grep(Class).reject { |each| defined?(::Minitest::Runnable) && each <= ::Minitest::Runnable }
                 .flat_map { |owner| owner.public_instance_methods.grep(/\Atest/).map { |each| ClassCase.new(owner, each) } }
    end

    def modules
      own_modules.flat_map do |owner|
        owner.singleton_methods(false).grep(/\Atest/).map { |each| ModuleCase.new(owner, each) }
      end
    end

    # Those that the file itself names, not what it requires.
    def own_modules
      @own_modules ||= ObjectSpace.each_object(Module).select do |each|
        name = Module.instance_method(:name).bind_call(each)
        name && own?(Object.const_source_location(name))
      rescue NameError
        false # a constant that is gone
      end
    end

    def functions
      @functions ||= (Object.private_instance_methods(false) + Object.public_instance_methods(false))
                     .select { |each| own?(Object.instance_method(each).source_location) }
    end

    def own?(location)
      @path ||= File.realpath(@file)
      file = location&.first
      file && File.exist?(file) && File.realpath(file) == @path
    end
  end
end
