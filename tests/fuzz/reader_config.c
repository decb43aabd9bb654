/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files. */
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/config.h"
#include "reader.h"

static void
check_entry(const struct config_entry *entry)
{
    size_t key_length = strlen(entry->key);

    READER_CHECK(key_length > 0 && key_length <= CONFIG_NAME_LIMIT);
    READER_CHECK(strlen(entry->value) <= CONFIG_VALUE_LIMIT);
    READER_CHECK(utf8_is_valid(slice_of(entry->key)) && utf8_is_valid(slice_of(entry->value)));
    READER_CHECK(entry->line > 0);
}

static void
run(const char *data, size_t length)
{
    char path[READER_PATH_SIZE];
    int fd = reader_file(data, length, path);
    struct config config;
    struct err err = { 0 };

    if (config_read(&config, path, &err) != 0) {
        READER_CHECK(err.text[0] != '\0');
    } else {
        for (size_t i = 0; i < config.section_count; i++) {
            READER_CHECK(config.sections[i].kind[0] != '\0');
            for (size_t j = 0; j < config.sections[i].entry_count; j++)
                check_entry(&config.sections[i].entries[j]);
        }
        config_clear(&config);
    }
    close(fd);
}

const struct reader reader_config = { .name = "config", .run = run };
