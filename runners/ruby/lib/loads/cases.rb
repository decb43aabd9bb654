# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# The kinds of tests. Each has a name and runs once, in an object of its own.
require_relative 'errors'

module Loads
  # How one run of a test ended: as the message that tells it, or :skip; and why.
  Outcome = Struct.new(:type, :error) do
    def self.success = new('addSuccess')

    def self.raised(error)
      return new(:skip, error) if Errors.skip?(error)

      new(Errors.assertion?(error) ? 'addFailure' : 'addError', error)
    end
  end

  # Runs a block, whatever it raises.
  module Plain
    private

    def outcome
      yield
      Outcome.success
    rescue Exception => e # rubocop:disable Lint/RescueException
      Outcome.raised(e)
    end
  end

  # def test_home, at the top of the file.
  class FunctionCase
    include Plain
    attr_reader :name

    def initialize(method)
      @method = method
      @name = method.to_s
    end

    def run
      outcome { Object.new.send(@method) }
    end
  end

  # module Shop; def self.test_home
  class ModuleCase
    include Plain
    attr_reader :name

    def initialize(owner, method)
      @owner = owner
      @method = method
      @name = "#{owner}.#{method}"
    end

    def run
      outcome { @owner.public_send(@method) }
    end
  end

  # A class with test methods, and perhaps setup and teardown.
  class ClassCase
    include Plain
    attr_reader :name

    def initialize(owner, method)
      @owner = owner
      @method = method
      @name = "#{owner}.#{method}"
    end

    # What the test raises goes before what the teardown does.
    def run
      object = nil
      body = outcome do
        object = @owner.new
        object.setup if object.respond_to?(:setup)
        object.public_send(@method)
      end
      end_ = outcome { object.teardown if object.respond_to?(:teardown) }
      body.type == 'addSuccess' ? end_ : body
    end
  end

  # minitest runs its own: with all hooks, extensions and mixins that it knows.
  class MinitestCase
    include Plain
    attr_reader :name

    def initialize(owner, method)
      @owner = owner
      @method = method
      @name = "#{owner.name}.#{method}"
    end

    def run
      failures = []
      body = outcome { failures = @owner.new(@method).run.failures }
      return body if failures.empty?

      failed = failures.find { |each| !Errors.skip?(each) } || failures.first
      Outcome.raised(failed.is_a?(::Minitest::UnexpectedError) ? failed.error : failed)
    end
  end
end
