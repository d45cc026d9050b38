# SPDX-License-Identifier: MIT
# bash completion for romsplit; the commands and their options are those of src/cli/opts.c
# shellcheck shell=bash

_romsplit_files() {
  local IFS=$'\n'

  compopt -o filenames 2> /dev/null
  # shellcheck disable=SC2207 # one name a line
  COMPREPLY+=($(compgen "$1" -- "$2"))
}

_romsplit() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local commands='info split scatter check fit readback gpt diff explain ls cat extract unlock repair-crlf verify'
  local general='--quiet --verbose --color= --no-progress --version --help'
  local writer='--hash --hash-holes --no-hash --no-sync --stats --jobs'
  local dump='--boot1 --boot2 --map --scatter --table --sector'
  local secret='--password --pin --pattern --password-file --key-file --key-from --try-pins'
  local filter='--all --type --glob --newer --no-thumbnails'
  local logs='--bodyfile --sha256sums --preserve-setid'
  local options command=run

  COMPREPLY=()
  if ((COMP_CWORD > 1)) && [[ " $commands " == *" ${COMP_WORDS[1]} "* ]]; then
    command=${COMP_WORDS[1]}
  fi

  # --color=auto comes as three words, because = divides words
  if [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $cur == '=' ]]; then
    cur=
  fi
  case $prev in
    --style) mapfile -t COMPREPLY < <(compgen -W 'factory wwr' -- "$cur"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'v0 v1.1.1 v1.1.2 v2 xml rawprogram' -- "$cur"); return ;;
    --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
    --sector) mapfile -t COMPREPLY < <(compgen -W '512 4096' -- "$cur"); return ;;
    --hash) mapfile -t COMPREPLY < <(compgen -W 'md5 sha1 md5,sha1' -- "$cur"); return ;;
    --type) mapfile -t COMPREPLY < <(compgen -W 'image video document audio image,video' -- "$cur"); return ;;
    --bodyfile | --sha256sums | --password-file | --key-file | --key-from | --boot1 | --boot2 | --map | --scatter | --table) _romsplit_files -f "$cur"; return ;;
    -o | --output) _romsplit_files -d "$cur"; return ;;
    -p | --partition | --platform | --as | --glob | --newer | --try-pins | --size | -j | --jobs) return ;;
  esac

  case $command in
    run) options="--output --platform --style --format --no-journal --filesystem --json $dump $secret $writer $logs" ;;
    info) options="--platform --json $dump $secret" ;;
    split) options="--output --partition --platform --style --format --json $dump $writer" ;;
    scatter) options="--partition --platform --style --format $dump" ;;
    check) options="--platform --fix --json $dump" ;;
    fit) options="--output --as --platform --json $dump" ;;
    readback) options="--platform --json $dump" ;;
    gpt) options="--output --size --no-sync $dump" ;;
    diff | explain) options='--json' ;;
    ls) options="--partition --no-journal --filesystem --json $dump $secret" ;;
    cat) options="--partition --no-journal --filesystem $dump $secret" ;;
    extract) options="--output --partition --no-journal --filesystem --json $dump $secret $filter $writer $logs" ;;
    unlock) options="--output --platform --json $dump $secret" ;;
    verify) options='--json' ;;
  esac

  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options $general" -- "$cur")
    if [[ ${COMPREPLY[0]-} == *= && ${#COMPREPLY[@]} -eq 1 ]]; then
      compopt -o nospace 2> /dev/null
    fi
    return
  fi
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
  fi
  if [[ $command == verify ]]; then
    _romsplit_files -d "$cur"
  else
    _romsplit_files -f "$cur"
  fi
}

complete -F _romsplit romsplit
