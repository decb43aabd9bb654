# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'lib/loads/version'

Gem::Specification.new do |spec|
  spec.name = 'loads-runner'
  spec.version = Loads::VERSION
  spec.summary = 'Load tests in Ruby: runs minitest classes and plain methods as many users and reports to Loads'
  spec.authors = ['The Loads developers']
  spec.license = 'Apache-2.0'
  spec.required_ruby_version = '>= 3.0'
  spec.files = Dir.chdir(__dir__) { Dir['{bin,lib,examples}/**/*'].select { |path| File.file?(path) } }
  spec.bindir = 'bin'
  spec.executables = ['loads-ruby-runner']
  # Parts of Ruby that newer versions hand out as gems.
  spec.add_dependency 'csv', '~> 3.0'
  spec.add_dependency 'fiddle', '~> 1.0'
end
