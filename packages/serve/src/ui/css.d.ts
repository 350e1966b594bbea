// What is a style sheet to a script? Something that the bundler takes along.
// SPDX-License-Identifier: MPL-2.0
declare module "*.css";
