#pragma once

/// Makes a mistake in a unit without exceptions. Ends the program, with status 0 where the failure
/// handler got the message that names the mistake.
int fail_without_exceptions();
